import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outliersOf, scaleFigures, tapeFigures } from '../../../src/services/evaluation/distance-figures.ts';

test('a picture of half the size must read twice the distance, within 3 %', () => {
  const at = (distanceM: number | undefined, [sureOfBase, sure]: readonly boolean[] = [true, true]) => ({
    file: `${distanceM}`,
    base: 2,
    sure: sureOfBase ?? true,
    readings: [{ scale: 0.5, distanceM, sure: sure ?? true }],
  });
  const pictures = [
    at(4),
    at(4.1),
    at(4.2),
    at(4.8, [true, false]),
    at(4.0, [false, true]),
    at(undefined),
    { file: 'b', base: undefined, sure: true, readings: [] },
  ];
  const [figures] = scaleFigures(pictures);
  assert.deepEqual([figures?.within?.hits, figures?.read, figures?.notRead], [3, 5, 1]);
  assert.deepEqual([figures?.withinSure?.hits, figures?.withinSure?.trials], [2, 3]);
  assert.ok(Math.abs((figures?.worstError ?? 0) - 0.2) < 1e-9);
  assert.ok(Math.abs((figures?.medianError ?? 0) - 0.025) < 1e-9);
  const rounded = outliersOf(pictures).map(({ error, ...each }) => ({ ...each, error: error.toFixed(3) }));
  assert.deepEqual(rounded, [
    { file: '4.8', scale: 0.5, error: '0.200', sure: false },
    { file: '4.2', scale: 0.5, error: '0.050', sure: true },
  ]);
});

test('the tape: whether the interval holds it, and how far off the reading is', () => {
  const reading = (distanceM: number, truthM: number) => ({
    file: 'a',
    truthM,
    distance: { distanceM, minM: distanceM * 0.9, maxM: distanceM * 1.1 },
  });
  const figures = tapeFigures([
    reading(1.1, 1),
    reading(1.3, 1),
    { file: 'b', truthM: 1, distance: undefined },
  ]);
  assert.deepEqual([figures.intervalHolds?.hits, figures.intervalHolds?.trials, figures.notRead], [1, 2, 1]);
  assert.ok(Math.abs((figures.bias ?? 0) - 0.2) < 1e-9);
});

test('nothing read gives no figure', () => {
  const figures = tapeFigures([]);
  assert.deepEqual([figures.intervalHolds, figures.bias, figures.meanError], [null, null, null]);
});
