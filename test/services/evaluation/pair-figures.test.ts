import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { wilson } from '../../../src/services/evaluation/bounds.ts';
import { pairFigures, type ScoredPair } from '../../../src/services/evaluation/pair-figures.ts';

const pair = (same: boolean, similarity: number): ScoredPair => ({ same, similarity, failed: false });
const anyPair = fc
  .tuple(fc.boolean(), fc.integer({ min: -20, max: 20 }))
  .map(([same, step]) => pair(same, step / 20));
const close = (a: number | null, b: number) =>
  assert.ok(a !== null && Math.abs(a - b) < 1e-9, `${a} is not ${b}`);

test('the best accuracy is that of trying every threshold', () => {
  fc.assert(
    fc.property(fc.array(anyPair, { minLength: 1, maxLength: 60 }), (pairs) => {
      const tried = [-1, ...pairs.map((p) => p.similarity), 2].map(
        (t) => pairs.filter((p) => p.similarity >= t === p.same).length / pairs.length,
      );
      const { accuracy, threshold } = pairFigures(pairs);
      close(accuracy.best, Math.max(...tried));
      const atThreshold =
        pairs.filter((p) => p.similarity >= (threshold ?? 0) === p.same).length / pairs.length;
      close(accuracy.best, atThreshold);
    }),
  );
});

test('AUC is the share of same pairs above different ones, ties half', () => {
  fc.assert(
    fc.property(fc.array(anyPair, { minLength: 2, maxLength: 60 }), (pairs) => {
      const [genuine, impostors] = [true, false].map((same) => pairs.filter((p) => p.same === same));
      fc.pre(genuine !== undefined && impostors !== undefined && genuine.length > 0 && impostors.length > 0);
      let wins = 0;
      for (const g of genuine ?? []) {
        for (const i of impostors ?? []) {
          wins += g.similarity > i.similarity ? 1 : g.similarity === i.similarity ? 0.5 : 0;
        }
      }
      close(pairFigures(pairs).auc, wins / ((genuine?.length ?? 0) * (impostors?.length ?? 0)));
    }),
  );
});

test('at the threshold of a false match rate no more than that share of different pairs matches', () => {
  fc.assert(
    fc.property(fc.array(anyPair, { minLength: 150, maxLength: 400 }), (pairs) => {
      const { thresholdAtFmr, tarAtFmr } = pairFigures(pairs);
      const threshold = thresholdAtFmr['0.01'];
      if (threshold == null) return;
      const impostors = pairs.filter((p) => !p.same);
      const genuine = pairs.filter((p) => p.same);
      assert.ok(impostors.filter((p) => p.similarity > threshold).length <= impostors.length * 0.01);
      close(
        tarAtFmr['0.01'] ?? null,
        genuine.filter((p) => p.similarity > threshold).length / genuine.length,
      );
    }),
  );
});

test('what so few pairs cannot show is null', () => {
  const few = [pair(true, 0.9), pair(false, 0.1)];
  const figures = pairFigures(few);
  assert.equal(figures.accuracy.crossValidated, null);
  assert.deepEqual(figures.tarAtFmr, { '0.01': null, '0.001': null });
  assert.equal(figures.accuracy.best, 1);
  assert.equal(pairFigures([]).accuracy.best, null);
  assert.equal(pairFigures([pair(true, 1)]).auc, null);
  const hundred = Array.from({ length: 300 }, (_, i) => pair(i % 2 === 0, i % 2 === 0 ? 0.9 : 0.1));
  assert.equal(pairFigures(hundred).tarAtFmr['0.01'], 1);
  assert.equal(pairFigures(hundred).tarAtFmr['0.001'], null);
});

test('cross-validation does not see the fold that it decides', () => {
  // nine folds separate at 0.5; in the last everything is the other way round
  const pairs = Array.from({ length: 100 }, (_, i) => {
    const same = i % 2 === 0;
    return pair(same, same === i < 90 ? 0.8 : 0.2);
  });
  close(pairFigures(pairs).accuracy.crossValidated, 0.9);
});

test('a perfect recogniser has an equal error rate of 0, one that guesses about a half', () => {
  const perfect = Array.from({ length: 40 }, (_, i) => pair(i % 2 === 0, i % 2 === 0 ? 0.7 : 0.3));
  assert.equal(pairFigures(perfect).eer, 0);
  const guess = Array.from({ length: 400 }, (_, i) => pair(i % 2 === 0, ((i * 37) % 200) / 200));
  assert.ok(Math.abs((pairFigures(guess).eer ?? 0) - 0.5) < 0.05);
});

test('failures are counted, and decided like any other pair', () => {
  const figures = pairFigures([
    { same: true, similarity: -1, failed: true },
    pair(false, 0.1),
    pair(true, 0.8),
  ]);
  assert.equal(figures.failures, 1);
  close(figures.accuracy.best, 2 / 3);
});

test('Wilson bounds of a textbook case: 81 of 263 is 25.5 to 36.6 %', () => {
  const { low, high } = wilson(81, 263);
  assert.ok(Math.abs(low - 0.2553) < 5e-4 && Math.abs(high - 0.3662) < 5e-4, `${low} ${high}`);
});
