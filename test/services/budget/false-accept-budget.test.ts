import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Decision } from '../../../src/core/decision.ts';
import type { FaceObservation } from '../../../src/core/observation.ts';
import type { DocumentStore } from '../../../src/core/ports/store.ts';
import { MemoryDocument } from '../../../src/drivers/store/memory-document.ts';
import { ManualClock } from '../../../src/runtime/clock.ts';
import { Health } from '../../../src/runtime/health.ts';
import { silentLog } from '../../../src/runtime/logger.ts';
import { estimateOf } from '../../../src/services/budget/estimate.ts';
import { FalseAcceptBudget } from '../../../src/services/budget/false-accept-budget.ts';
import { type BudgetDocument, parseBudget, withVisits } from '../../../src/services/budget/stranger-log.ts';
import { StrangerVisits } from '../../../src/services/budget/stranger-visits.ts';

const HOUR_MS = 3_600_000;
const SAVED_MS = 5 * 60_000;
const anna = { gallery: 'default', id: 'anna' };
const seen = (trackId: number, score: number) =>
  ({ trackId, match: { person: anna, score, margin: 0.1 } }) as FaceObservation;
const unknown: Decision = { kind: 'denied', reason: 'unknown_face', liveness: 'live' };
const ATFMR = [
  { fmr: 0.001, cosine: 0.35 },
  { fmr: 0.0001, cosine: 0.4 },
];

function budgetOf(
  document: DocumentStore<BudgetDocument> = new MemoryDocument<BudgetDocument>({ doors: {} }),
) {
  const clock = new ManualClock({ epoch: new Date('2030-01-01T00:00:00Z') });
  const health = new Health();
  const told: (number | undefined)[] = [];
  const budget = new FalseAcceptBudget({
    door: 'front',
    document,
    threshold: 0.4,
    atFmr: ATFMR,
    gallerySize: () => 100,
    clock,
    log: silentLog,
    health,
    onEstimate: (estimate) => told.push(estimate?.perMonth),
  });
  const visit = (trackId: number, ...scores: number[]) => {
    for (const score of scores) budget.seen({ observations: [seen(trackId, score)], decisions: [] });
    budget.seen({ observations: [], decisions: [{ trackId, decision: unknown }] });
  };
  return { clock, document, health, told, budget, visit };
}

test('a stranger counts once, by the best look, when the track has left', () => {
  const visits = new StrangerVisits();
  const decided = [{ trackId: 1, decision: unknown }];
  assert.deepEqual(visits.observe([seen(1, 0.1)], [], 10, 0), []);
  assert.deepEqual(visits.observe([seen(1, 0.3)], decided, 10, 500), []);
  assert.deepEqual(visits.observe([seen(1, 0.2)], decided, 10, 1_000), []);
  assert.deepEqual(visits.observe([], [], 10, 12_000), [{ best: 0.3, looks: 3, comparisons: 30 }]);
  assert.deepEqual(visits.observe([], [], 10, 30_000), []);
});

test('whoever was recognised at some time is no stranger, nor is a face that nobody decided about', () => {
  const visits = new StrangerVisits();
  const granted: Decision = { kind: 'granted', person: anna, score: 0.7, margin: 0.3, liveness: 'live' };
  const late: Decision = { kind: 'denied', reason: 'cooldown', person: anna, liveness: 'live' };
  visits.observe([seen(1, 0.3), seen(2, 0.3), seen(3, 0.3)], [{ trackId: 1, decision: unknown }], 10, 0);
  visits.observe([seen(1, 0.7)], [{ trackId: 1, decision: granted }], 10, 100);
  visits.observe([seen(2, 0.7)], [{ trackId: 2, decision: late }], 10, 100);
  assert.deepEqual(visits.endAll(), []);
});

test('tracks that never end do not pile up', () => {
  const visits = new StrangerVisits();
  let over = 0;
  for (let track = 0; track < 1_000; track++) {
    over += visits.observe([seen(track, 0.1)], [{ trackId: track, decision: unknown }], 1, 0).length;
  }
  assert.ok(over > 900, `${over}`);
});

test('few strangers: the pack’s own rate; with thirty, what this door has seen', async () => {
  const { budget, clock, visit, told, health } = budgetOf();
  await budget.start();
  visit(1, 0.1, 0.2);
  clock.advance(2 * HOUR_MS);
  await budget.stop();
  assert.equal(budget.estimate?.basis, 'pack');
  assert.equal(budget.estimate?.strangers, 1);
  assert.equal(told[0], undefined);
  await budget.start();
  for (let i = 2; i < 40; i++) visit(i, 0.1 + (i % 10) / 100);
  await budget.stop();
  assert.equal(budget.estimate?.basis, 'site');
  const { perMonth = 0, upTo = 0, strangersPerMonth = 0 } = budget.estimate ?? {};
  assert.ok(perMonth > 0 && perMonth < upTo && upTo < strangersPerMonth, `${perMonth} ${upTo}`);
  assert.match(health.snapshot().components['budget front']?.detail ?? '', /false opens a month/);
});

test('a door whose strangers come close to the threshold says so in its health', async () => {
  const { budget, clock, visit, health } = budgetOf();
  await budget.start();
  for (let i = 0; i < 60; i++) visit(i, 0.3 + (i % 12) / 100);
  clock.advance(2 * HOUR_MS);
  await budget.stop();
  const { status, detail } = health.snapshot().components['budget front'] ?? {};
  assert.equal(status, 'degraded');
  assert.match(detail ?? '', /raise access.threshold/);
});

test('counts are kept every few minutes, a month long, and outlive the daemon', async () => {
  const first = budgetOf();
  await first.budget.start();
  first.visit(1, 0.2);
  first.clock.advance(11_000);
  first.budget.seen({ observations: [], decisions: [] });
  first.clock.advance(SAVED_MS);
  await first.budget.stop();
  const kept = first.document.value.doors.front ?? [];
  assert.deepEqual(
    kept.map(({ day, visits, scores }) => [day, visits, scores]),
    [['2030-01-01', 1, { 20: 1 }]],
  );
  parseBudget(structuredClone(first.document.value));
  const second = budgetOf(first.document);
  await second.budget.start();
  second.clock.advance(2 * HOUR_MS);
  await second.budget.stop();
  assert.equal(second.budget.estimate?.strangers, 1);
});

test('days beyond a month drop out; there are never more than thirty', () => {
  let days: ReturnType<typeof withVisits> = [];
  for (let i = 0; i < 100; i++) {
    const day = new Date(Date.UTC(2030, 0, 1 + i)).toISOString().slice(0, 10);
    days = withVisits(days, day, { observedMs: 1, visits: [{ best: 0.1, looks: 1, comparisons: 1 }] });
  }
  assert.equal(days.length, 30);
  assert.equal(days.at(-1)?.day, '2030-04-10');
});

test('a disk that does not take the counts troubles nobody, and nothing is lost', async () => {
  let full = true;
  const memory = new MemoryDocument<BudgetDocument>({ doors: {} });
  const document: DocumentStore<BudgetDocument> = {
    get value() {
      return memory.value;
    },
    update: (change) => (full ? Promise.reject(new Error('disk full')) : memory.update(change)),
  };
  const { budget, visit, clock } = budgetOf(document);
  await budget.start();
  visit(1, 0.2);
  clock.advance(HOUR_MS);
  await budget.stop();
  assert.deepEqual(document.value.doors, {});
  full = false;
  await budget.start();
  await budget.stop();
  assert.equal(document.value.doors.front?.[0]?.visits, 1);
});

test('a gallery that has grown makes a false open as much more likely', () => {
  const scores = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [String(i), 2]));
  const days = [{ day: 'd', observedMs: 24 * HOUR_MS, visits: 40, looks: 400, comparisons: 4_000, scores }];
  const at = (gallerySize: number) =>
    estimateOf(days, { threshold: 0.4, atFmr: ATFMR, gallerySize })?.perMonth ?? 0;
  assert.ok(Math.abs(at(100) / at(10) - 10) < 1e-6);
  assert.equal(at(5), at(10));
});
