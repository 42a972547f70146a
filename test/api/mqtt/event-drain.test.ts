import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CURSOR, EventDrain } from '../../../src/api/mqtt/event-drain.ts';
import { Topics } from '../../../src/api/mqtt/topics.ts';
import { MemoryJournal } from '../../../src/drivers/store/memory-journal.ts';
import { ManualClock } from '../../../src/runtime/clock.ts';
import { ScriptedBroker, settled } from './scripted-broker.ts';

function make(window = 4) {
  const clock = new ManualClock({ epoch: new Date('2026-01-05T08:00:00Z') });
  const journal = new MemoryJournal({ device: 'box', clock, bootId: 'boot' });
  const broker = new ScriptedBroker();
  const troubles: string[] = [];
  const drain = new EventDrain(
    { window, backoff: { firstMs: 1_000, maxMs: 30_000 } },
    {
      broker,
      journal,
      clock,
      topics: new Topics({ prefix: 'limen', device: 'box' }),
      onTrouble: (error) => troubles.push(error?.message ?? 'none'),
    },
  );
  const seqs = () => broker.published.map(({ text }) => JSON.parse(text).seq);
  return { clock, journal, broker, drain, troubles, seqs };
}

function append(journal: MemoryJournal, count: number): void {
  for (let n = 0; n < count; n++) journal.append({ type: 'access.denied', door: 'front' });
}

test('the window bounds what is under way, and the cursor follows acknowledgements in order', async () => {
  const { journal, broker, drain, seqs } = make(3);
  append(journal, 5);
  drain.start();
  await settled();
  assert.deepEqual(seqs(), []);
  broker.connect();
  await settled();
  assert.deepEqual(seqs(), [1, 2, 3]);
  broker.published[1]?.acknowledge();
  await settled();
  assert.equal(journal.cursor(CURSOR), 0, 'event 1 is not acknowledged');
  assert.deepEqual(seqs(), [1, 2, 3]);
  broker.published[0]?.acknowledge();
  await settled();
  assert.equal(journal.cursor(CURSOR), 2);
  assert.deepEqual(seqs(), [1, 2, 3, 4, 5]);
  for (const { qos, retain } of broker.published)
    assert.deepEqual({ qos, retain }, { qos: 1, retain: false });
});

test('after a lost connection everything behind the cursor goes out again, with its own identity', async () => {
  const { clock, journal, broker, drain, seqs } = make(3);
  journal.append({ type: 'access.granted', door: 'front', expiresAt: '2026-01-05T08:00:05.000Z' });
  append(journal, 3);
  drain.start();
  broker.connect();
  await settled();
  broker.published[0]?.acknowledge();
  await settled();
  broker.lose();
  await settled();
  clock.advance(60_000);
  broker.connect();
  await settled();
  assert.deepEqual(seqs(), [1, 2, 3, 4, 2, 3, 4]);
  assert.equal(broker.published[4]?.text, broker.published[1]?.text);
  assert.equal(JSON.parse(broker.published[0]?.text ?? '').expiresAt, '2026-01-05T08:00:05.000Z');
});

test('a connection lost before the first acknowledgement re-sends a grant with the expiry it had', async () => {
  const { clock, journal, broker, drain } = make();
  journal.append({ type: 'access.granted', door: 'front', expiresAt: '2026-01-05T08:00:05.000Z' });
  drain.start();
  broker.connect();
  await settled();
  broker.lose();
  await settled();
  clock.advance(3_600_000);
  broker.connect();
  await settled();
  assert.equal(broker.published.length, 2);
  assert.equal(broker.published[1]?.text, broker.published[0]?.text);
});

test('a refusal is told, waits, and then goes one at a time until one is accepted', async () => {
  const { clock, journal, broker, drain, troubles, seqs } = make(3);
  append(journal, 5);
  drain.start();
  broker.connect();
  await settled();
  broker.published[0]?.refuse();
  await settled();
  assert.deepEqual(troubles, [], 'two more are still under way');
  broker.published[1]?.acknowledge();
  broker.published[2]?.acknowledge();
  await settled();
  assert.equal(journal.cursor(CURSOR), 0);
  assert.deepEqual(troubles, ['the broker refused limen/box/front/event']);
  assert.deepEqual(seqs(), [1, 2, 3]);
  clock.advance(1_500);
  await settled();
  assert.deepEqual(seqs(), [1, 2, 3, 1]);
  broker.published[3]?.acknowledge();
  await settled();
  assert.deepEqual(seqs(), [1, 2, 3, 1, 2, 3, 4]);
  assert.equal(troubles.at(-1), 'none');
  assert.equal(journal.cursor(CURSOR), 1);
});

test('an event before the refused one still counts when it is acknowledged late', async () => {
  const { journal, broker, drain } = make(3);
  append(journal, 3);
  drain.start();
  broker.connect();
  await settled();
  broker.published[1]?.refuse();
  broker.published[0]?.acknowledge();
  await settled();
  assert.equal(journal.cursor(CURSOR), 1);
});

test('stop lets what is there leave, does not wait when there is no broker, and is bounded', async () => {
  const connectedOne = make();
  append(connectedOne.journal, 20);
  connectedOne.broker.automatic = true;
  connectedOne.broker.connect();
  connectedOne.drain.start();
  await connectedOne.drain.stop(2_000);
  assert.equal(connectedOne.journal.cursor(CURSOR), 20);

  const lost = make();
  append(lost.journal, 1);
  lost.drain.start();
  await lost.drain.stop(2_000);
  assert.equal(lost.journal.cursor(CURSOR), 0);

  const silent = make();
  append(silent.journal, 1);
  silent.broker.connect();
  silent.drain.start();
  await settled();
  const stopping = silent.drain.stop(2_000);
  await settled();
  silent.clock.advance(2_000);
  await stopping;
  assert.equal(silent.journal.cursor(CURSOR), 0);
});
