import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { falseMatchRate } from '../../../src/services/budget/pack-rate.ts';
import { binOf, tailOf } from '../../../src/services/budget/score-tail.ts';

const counted = (scores: readonly number[]) => {
  const counts: Record<string, number> = {};
  for (const score of scores) counts[binOf(score)] = (counts[binOf(score)] ?? 0) + 1;
  return counts;
};
const scores = fc.array(
  fc.integer({ min: -50, max: 99 }).map((step) => step / 100),
  {
    minLength: 1,
    maxLength: 200,
  },
);

test('a higher threshold is never reached more often, and the bound lies above', () => {
  fc.assert(
    fc.property(scores, fc.integer({ min: 0, max: 95 }), (list, step) => {
      const counts = counted(list);
      const [low, high] = [step / 100, step / 100 + 0.05].map((threshold) => tailOf(counts, threshold));
      assert.ok(low !== undefined && high !== undefined);
      assert.ok(high.probability <= low.probability + 1e-12);
      for (const { probability, upTo } of [low, high]) assert.ok(probability <= upTo && upTo <= 1);
    }),
  );
});

test('what was seen is never told as less', () => {
  fc.assert(
    fc.property(scores, fc.integer({ min: 0, max: 95 }), (list, step) => {
      const threshold = step / 100;
      const seen = list.filter((score) => score >= threshold).length / list.length;
      assert.ok((tailOf(counted(list), threshold)?.probability ?? 0) >= seen - 1e-12);
    }),
  );
});

test('an exponential tail is read as what it is', () => {
  // 2,000 scores with P(> s) = exp(−s / 0.05), at evenly spaced probabilities
  const list = Array.from({ length: 2_000 }, (_, i) => -0.05 * Math.log((i + 0.5) / 2_000));
  const { probability = 0, upTo = 0 } = tailOf(counted(list), 0.6) ?? {};
  const truth = Math.exp(-0.6 / 0.05);
  assert.ok(probability > truth / 4 && probability < 4 * truth, `${probability} for ${truth}`);
  assert.ok(upTo > 1.5 * probability, `${upTo} for ${truth}`);
});

test('without scores nothing is said', () => {
  assert.equal(tailOf({}, 0.5), undefined);
});

const ATFMR = [
  { fmr: 0.01, cosine: 0.25 },
  { fmr: 0.001, cosine: 0.35 },
  { fmr: 0.0001, cosine: 0.4 },
];

test('the pack’s rate: as measured, between, and beyond', () => {
  for (const { fmr, cosine } of ATFMR) {
    assert.ok(Math.abs((falseMatchRate(ATFMR, cosine) ?? 0) / fmr - 1) < 1e-9);
  }
  assert.ok(Math.abs((falseMatchRate(ATFMR, 0.3) ?? 0) - 10 ** -2.5) < 1e-9);
  assert.ok(Math.abs((falseMatchRate(ATFMR, 0.45) ?? 0) - 1e-5) < 1e-12);
  assert.equal(falseMatchRate([], 0.4), undefined);
  assert.equal(falseMatchRate(undefined, 0.4), undefined);
});
