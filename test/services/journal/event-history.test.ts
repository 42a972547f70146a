import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventFilter } from '../../../src/core/event-filter.ts';
import type { EventBody, LimenEvent } from '../../../src/core/events.ts';
import { MemoryJournal } from '../../../src/drivers/store/memory-journal.ts';
import { ManualClock } from '../../../src/runtime/clock.ts';
import { EventHistory, type EventPageRequest } from '../../../src/services/journal/event-history.ts';

const EPOCH = new Date('2030-01-01T00:00:00Z');

/** One event a minute. */
function journalOf(bodies: readonly EventBody[], synced = true) {
  const clock = new ManualClock({ epoch: EPOCH, synced });
  const journal = new MemoryJournal({ device: 'test', clock, bootId: 'b' });
  for (const body of bodies) {
    journal.append(body);
    clock.advance(60_000);
  }
  return journal;
}

async function everyPage(history: EventHistory, request: EventPageRequest): Promise<number[]> {
  const seqs: number[] = [];
  const cursor = request.after === undefined ? 'before' : 'after';
  for (let next = request[cursor], more = true; more; ) {
    const page = await history.page({ ...request, ...(next !== undefined && { [cursor]: next }) });
    assert.ok(page.events.length <= request.limit);
    seqs.push(...page.events.map(({ seq }) => seq));
    next = page.next;
    more = next !== undefined;
  }
  return seqs;
}

const denied = (door: string): EventBody => ({ type: 'access.denied', door, reason: 'unknown_face' });
const granted = (id: string): EventBody => ({
  type: 'access.granted',
  door: 'front',
  person: { gallery: 'default', id },
});

test('pages follow one another without gap or repetition, both ways, whatever the size', async () => {
  const history = new EventHistory(journalOf(Array.from({ length: 23 }, () => denied('front'))));
  const all = Array.from({ length: 23 }, (_, i) => i + 1);
  for (const limit of [1, 2, 7, 22, 23, 24, 1_000]) {
    assert.deepEqual(await everyPage(history, { filter: {}, limit, after: 0 }), all, `after, ${limit}`);
    assert.deepEqual(await everyPage(history, { filter: {}, limit }), all.toReversed(), `before, ${limit}`);
  }
  assert.deepEqual(await everyPage(history, { filter: {}, limit: 5, after: 20 }), [21, 22, 23]);
  assert.deepEqual(await everyPage(history, { filter: {}, limit: 5, before: 4 }), [3, 2, 1]);
  assert.deepEqual(await everyPage(history, { filter: {}, limit: 5, after: 99 }), []);
  assert.deepEqual(await everyPage(history, { filter: {}, limit: 5, before: 1 }), []);
});

test('by type, door, person and time; the filters hold together', async () => {
  const bodies = [denied('front'), granted('anna'), denied('back'), granted('zub'), granted('anna')];
  const history = new EventHistory(journalOf(bodies));
  const minute = (n: number) => new Date(EPOCH.getTime() + n * 60_000);
  const found: [EventFilter, number[]][] = [
    [{}, [1, 2, 3, 4, 5]],
    [{ types: ['access.granted'] }, [2, 4, 5]],
    [{ types: ['access.granted', 'access.denied'], door: 'back' }, [3]],
    [{ person: { gallery: 'default', id: 'anna' } }, [2, 5]],
    [{ person: { gallery: 'other', id: 'anna' } }, []],
    [{ since: minute(1) }, [2, 3, 4, 5]],
    [{ until: minute(1) }, [1]],
    [{ since: minute(1), until: minute(4), types: ['access.granted'] }, [2, 4]],
  ];
  for (const [filter, seqs] of found) {
    assert.deepEqual(await everyPage(history, { filter, limit: 2, after: 0 }), seqs);
    assert.deepEqual(await everyPage(history, { filter, limit: 2 }), seqs.toReversed());
  }
  const streamed: LimenEvent[] = [];
  for await (const event of history.from(1, { types: ['access.granted'] })) streamed.push(event);
  assert.deepEqual(
    streamed.map(({ seq }) => seq),
    [2, 4, 5],
  );
});

/** Counts what is read, and has as many events as one likes. */
function endless(count: number, firstSeq = 1) {
  const looked = { events: 0 };
  const event = (seq: number): LimenEvent => ({
    ...{ type: 'face.unknown', id: `b-${seq}`, seq, bootId: 'b', clockSynced: true, device: 'test' },
    at: new Date(EPOCH.getTime() + seq * 60_000).toISOString(),
  });
  const journal = {
    lastSeq: count,
    tellableSeq: count,
    flush: async () => {},
    async read(afterSeq: number, limit: number) {
      const from = Math.max(afterSeq + 1, firstSeq);
      const length = Math.max(0, Math.min(limit, count + 1 - from));
      looked.events += length;
      return Array.from({ length }, (_, i) => event(from + i));
    },
  };
  return { journal, looked };
}

test('a page looks at a bounded number of events and says where to go on', async () => {
  const { journal, looked } = endless(1_000_000);
  const history = new EventHistory(journal);
  const filter: EventFilter = { types: ['door.forced'] };
  assert.deepEqual(await history.page({ filter, limit: 10, after: 0 }), { events: [], next: 20_000 });
  assert.equal(looked.events, 20_000);
  assert.deepEqual(await history.page({ filter, limit: 10 }), { events: [], next: 980_001 });
  assert.equal(looked.events, 40_000);
});

test('what lies beyond the asked time is not searched, where the clock was right', async () => {
  const { journal, looked } = endless(1_000_000);
  const history = new EventHistory(journal);
  const lastMs = EPOCH.getTime() + 1_000_000 * 60_000;
  const recent = await history.page({ filter: { since: new Date(lastMs - 120_000) }, limit: 10 });
  assert.deepEqual([recent.events.length, recent.next], [3, undefined]);
  const first = await history.page({
    filter: { until: new Date(EPOCH.getTime() + 180_000) },
    limit: 10,
    after: 0,
  });
  assert.deepEqual([first.events.length, first.next], [2, undefined]);
  assert.ok(looked.events <= 1_000);
});

test('a journal whose oldest part is gone ends there', async () => {
  const { journal } = endless(5_000, 4_321);
  const history = new EventHistory(journal);
  const back = await everyPage(history, { filter: {}, limit: 100 });
  assert.deepEqual([back.length, back.at(-1)], [680, 4_321]);
  const forth = await everyPage(history, { filter: {}, limit: 100, after: 0 });
  assert.deepEqual([forth.length, forth[0]], [680, 4_321]);
});
