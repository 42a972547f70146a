import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { LimenEvent } from '../../src/core/events.ts';
import { JournalLog } from '../../src/drivers/store/journal-log.ts';
import { ManualClock } from '../../src/runtime/clock.ts';
import { ChainCheck } from '../../src/runtime/event-chain.ts';
import { silentLog } from '../../src/runtime/logger.ts';
import { scratch } from '../fixtures/scratch.ts';

const ada = { gallery: 'default', id: 'ada' };

async function started(t: TestContext, directory = join(scratch(), 'journal')) {
  const clock = new ManualClock({ epoch: new Date('2026-03-01T12:00:00Z'), synced: true });
  const journal = new JournalLog({
    directory,
    device: 'box',
    clock,
    log: silentLog,
    keepDays: 30,
    segmentBytes: 5_000,
  });
  await journal.start();
  t.after(() => journal.stop());
  return { journal, directory };
}

/** Administrative entries with a few of the others between them. */
async function fill(journal: JournalLog): Promise<void> {
  journal.append({ type: 'person.enrolled', person: ada, actor: 'cli', liveness: 'not_assessed' });
  for (let n = 0; n < 3; n++)
    journal.append({ type: 'access.denied', door: 'front', reason: 'unknown_face' });
  journal.append({ type: 'verification.succeeded', person: ada, actor: 'http:127.0.0.1' });
  journal.append({
    type: 'token.changed',
    token: { id: 'a1', name: 'panel' },
    reason: 'token_created',
    actor: 'cli',
  });
  await journal.flush();
  journal.append({ type: 'door.unlocked', door: 'front', actor: 'mqtt', reason: 'mqtt' });
  journal.append({ type: 'people.reset', actor: 'token:panel@mqtt' });
  await journal.flush();
}

async function check(journal: JournalLog, change: (event: LimenEvent) => LimenEvent | undefined = (e) => e) {
  const chain = new ChainCheck();
  for (const event of await journal.read(0, 10_000)) {
    const seen = change(event);
    if (seen !== undefined) chain.see(seen);
  }
  return chain.result;
}

test('administrative entries hang together, over restarts and segments', async (t) => {
  const first = await started(t);
  await fill(first.journal);
  const before = await check(first.journal);
  assert.deepEqual([before.entries, before.breaks], [4, []]);
  await first.journal.stop();
  const second = await started(t, first.directory);
  await fill(second.journal);
  const after = await check(second.journal);
  assert.deepEqual([after.entries, after.breaks, after.firstSeq], [8, [], 1]);
  assert.notEqual(after.head, before.head);
});

test('any change of an entry and any entry left out is found', async (t) => {
  const { journal } = await started(t);
  await fill(journal);
  const kinds = async (change: (event: LimenEvent) => LimenEvent | undefined) =>
    (await check(journal, change)).breaks.map(({ seq, kind }) => `${seq} ${kind}`);
  const at = (seq: number, change: Partial<LimenEvent>) => (event: LimenEvent) =>
    event.seq === seq ? { ...event, ...change } : event;
  assert.deepEqual(await kinds(at(7, { actor: 'cli' })), ['7 changed']);
  assert.deepEqual(await kinds(at(6, { at: '2026-03-01T13:00:00.000Z' })), ['6 changed']);
  assert.deepEqual(await kinds(at(1, { person: { gallery: 'default', id: 'eve' } })), ['1 changed']);
  assert.deepEqual(await kinds((event) => (event.seq === 6 ? undefined : event)), ['7 missing']);
  const unchained = (event: LimenEvent) => {
    const { chain: _, ...rest } = event;
    return event.seq === 7 ? rest : event;
  };
  assert.deepEqual(await kinds(unchained), ['7 changed', '8 missing']);
  // what is not administrative is not in the chain
  assert.deepEqual(await kinds(at(2, { reason: 'too_far' })), []);
});

test('the chain survives that somebody is forgotten, and then says nothing about who it was', async (t) => {
  const { journal, directory } = await started(t);
  await fill(journal);
  const { head } = await check(journal);
  const substitute = { gallery: 'default', id: 'removed-0123456789ab' };
  const forget = (event: LimenEvent) =>
    event.person?.id === 'ada' ? { ...event, person: substitute } : event;
  await journal.rewrite({ afterSeq: 0, upToSeq: journal.lastSeq, holding: 'ada' }, forget);
  const [entry] = await journal.read(0, 1);
  assert.deepEqual(entry?.person, substitute);
  assert.equal(entry?.chain?.salt, undefined);
  assert.deepEqual(await check(journal), { entries: 4, firstSeq: 1, head, breaks: [] });
  await journal.stop();
  const again = await started(t, directory);
  assert.deepEqual((await check(again.journal)).breaks, []);
  const renamed = (event: LimenEvent) =>
    event.seq === 1 ? { ...event, person: { gallery: 'default', id: 'bo' } } : event;
  assert.deepEqual((await check(again.journal, renamed)).breaks, [{ seq: 1, kind: 'changed' }]);
});

test('oldest entries that are gone break nothing', async (t) => {
  const { journal, directory } = await started(t);
  for (let n = 0; n < 30; n++) await fill(journal);
  await journal.stop();
  await rm(join(directory, '0000000000000001.seg'));
  const again = await started(t, directory);
  const { breaks, firstSeq, entries } = await check(again.journal);
  assert.deepEqual(breaks, []);
  assert.ok((firstSeq ?? 0) > 1 && entries > 50);
});
