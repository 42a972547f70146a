import assert from 'node:assert/strict';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { EventDrain } from '../../../src/api/mqtt/event-drain.ts';
import { Topics } from '../../../src/api/mqtt/topics.ts';
import { JournalLog } from '../../../src/drivers/store/journal-log.ts';
import { ManualClock } from '../../../src/runtime/clock.ts';
import { silentLog } from '../../../src/runtime/logger.ts';
import { EventFeed } from '../../../src/services/journal/event-feed.ts';
import { EventHistory } from '../../../src/services/journal/event-history.ts';
import { ScriptedBroker } from '../../api/mqtt/scripted-broker.ts';
import { scratch } from '../../fixtures/scratch.ts';

/** A journal on disk, and what listeners and the broker have heard of it, by `seq`. */
async function house(t: TestContext) {
  const clock = new ManualClock({ epoch: new Date('2026-03-01T12:00:00Z'), synced: true });
  const parent = scratch();
  const directory = join(parent, 'journal');
  const journal = new JournalLog({ directory, device: 'box', clock, log: silentLog, keepDays: 30 });
  await journal.start();
  t.after(() => journal.stop());
  const broker = new ScriptedBroker();
  broker.automatic = true;
  broker.connect();
  const topics = new Topics({ prefix: 'limen', device: 'box' });
  const backoff = { firstMs: 1_000, maxMs: 30_000 };
  const drain = new EventDrain(
    { window: 4, backoff },
    { broker, journal, topics, clock, onTrouble: () => {} },
  );
  drain.start();
  const ended = new AbortController();
  const heard: number[] = [];
  const listening = (async () => {
    for await (const events of new EventFeed(journal).follow(0, {}, ended.signal)) {
      heard.push(...events.map(({ seq }) => seq));
    }
  })();
  t.after(async () => {
    ended.abort();
    await listening;
    broker.lose();
    await drain.stop(0);
  });
  const published = () => broker.published.map(({ text }) => (JSON.parse(text) as { seq: number }).seq);
  const told = async (count: number) => {
    while (heard.length < count || published().length < count) await nextTurn();
  };
  return { clock, parent, directory, journal, heard, published, told };
}

test('nothing leaves the house before it is on disk: neither over MQTT nor to those who listen', async (t) => {
  const { clock, journal, heard, published, told } = await house(t);
  journal.append({ type: 'face.unknown' });
  for (let turn = 0; turn < 100; turn++) await nextTurn();
  assert.deepEqual([heard, published(), journal.tellableSeq], [[], [], 0]);
  clock.advance(100);
  await told(1);
  // an urgent one takes those before it along
  journal.append({ type: 'face.unknown' });
  journal.append({ type: 'access.granted' });
  await told(3);
  assert.deepEqual([heard, published(), journal.tellableSeq], [[1, 2, 3], [1, 2, 3], 3]);
});

test('while the disk refuses, alarms are told from memory', async (t) => {
  const { parent, directory, journal, heard, published, told } = await house(t);
  renameSync(directory, join(parent, 'away'));
  writeFileSync(directory, 'no directory');
  journal.append({ type: 'door.forced' });
  await assert.rejects(journal.flush(), { code: 'store_fault' });
  await told(1);
  journal.append({ type: 'door.closed' });
  await told(2);
  assert.deepEqual(
    [heard, published()],
    [
      [1, 2],
      [1, 2],
    ],
  );
});

test('a page of events shows what has just happened, and it stays', async (t) => {
  const { journal } = await house(t);
  journal.append({ type: 'verification.failed' });
  const { events } = await new EventHistory(journal).page({ filter: {}, limit: 10 });
  assert.deepEqual([events.map(({ seq }) => seq), journal.tellableSeq], [[1], 1]);
});
