import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { LimenEvent } from '../../src/core/events.ts';
import type { Journal } from '../../src/core/ports/journal.ts';
import { ManualClock } from '../../src/runtime/clock.ts';

export interface OpenedJournal {
  readonly journal: Journal;
  /** Ends this start and begins the next; absent where nothing outlives the process. */
  reopen?(): Promise<Journal>;
}

export const EPOCH = new Date('2026-03-01T12:00:00Z');

/** What every `Journal` does. */
export function journalSuite(
  backend: string,
  open: (t: TestContext, clock: ManualClock) => Promise<OpenedJournal>,
): void {
  const started = async (t: TestContext) => {
    const clock = new ManualClock({ epoch: EPOCH, synced: true });
    return { clock, ...(await open(t, clock)) };
  };

  test(`${backend}: an event gets its identity, order and time at once`, async (t) => {
    const { journal, clock } = await started(t);
    const first = journal.append({ type: 'daemon.started' });
    clock.advance(1_500);
    const second = journal.append({ type: 'access.denied', door: 'front', reason: 'too_far' });
    assert.deepEqual([first.seq, second.seq, journal.lastSeq], [1, 2, 2]);
    assert.equal(first.at, '2026-03-01T12:00:00.000Z');
    assert.equal(second.at, '2026-03-01T12:00:01.500Z');
    assert.equal(second.clockSynced, true);
    assert.equal(second.device, 'box');
    assert.equal(second.reason, 'too_far');
    assert.equal(first.bootId, second.bootId);
    assert.notEqual(first.id, second.id);
  });

  test(`${backend}: reads by position, before and after it is on disk`, async (t) => {
    const { journal } = await started(t);
    const events = Array.from({ length: 10 }, () => journal.append({ type: 'face.unknown' }));
    assert.deepEqual(await journal.read(0, 100), events);
    await journal.flush();
    events.push(journal.append({ type: 'door.opened' }));
    assert.deepEqual(await journal.read(0, 100), events);
    assert.deepEqual(await journal.read(3, 2), events.slice(3, 5));
    assert.deepEqual(await journal.read(9, 100), events.slice(9));
    assert.deepEqual(await journal.read(11, 100), []);
    assert.deepEqual(await journal.read(0, 0), []);
  });

  test(`${backend}: listeners hear every event in order until they leave`, async (t) => {
    const { journal } = await started(t);
    const heard: LimenEvent[] = [];
    const unsubscribe = journal.subscribe((event) => heard.push(event));
    const events = [journal.append({ type: 'door.opened' }), journal.append({ type: 'door.closed' })];
    unsubscribe();
    journal.append({ type: 'door.locked' });
    assert.deepEqual(heard, events);
  });

  test(`${backend}: a cursor moves forward only, never beyond the last event`, async (t) => {
    const { journal } = await started(t);
    for (let i = 0; i < 5; i++) journal.append({ type: 'face.unknown' });
    assert.equal(journal.cursor('mqtt'), 0);
    journal.advance('mqtt', 3);
    journal.advance('mqtt', 2);
    assert.equal(journal.cursor('mqtt'), 3);
    journal.advance('mqtt', 99);
    assert.equal(journal.cursor('mqtt'), 5);
    assert.equal(journal.cursor('other'), 0);
  });

  test(`${backend}: seq goes on over a restart, ids are new, cursors stay`, async (t) => {
    const { journal, reopen } = await started(t);
    const before = [journal.append({ type: 'daemon.started' }), journal.append({ type: 'daemon.stopping' })];
    journal.advance('mqtt', 1);
    if (reopen === undefined) return t.skip('this backend keeps nothing over a restart');
    const next = await reopen();
    const after = next.append({ type: 'daemon.started' });
    assert.equal(after.seq, 3);
    assert.notEqual(after.bootId, before[0]?.bootId);
    assert.equal(next.cursor('mqtt'), 1);
    assert.deepEqual(await next.read(0, 10), [...before, after]);
  });
}
