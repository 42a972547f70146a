import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scaleFigures, tapeFigures } from '../../../src/services/evaluation/distance-figures.ts';

test('a picture of half the size must read twice the distance, within 3 %', () => {
  const at = (distanceM: number | undefined) => ({
    file: 'a',
    base: 2,
    readings: [{ scale: 0.5, distanceM }],
  });
  const [figures] = scaleFigures([
    at(4),
    at(4.1),
    at(4.2),
    at(undefined),
    { file: 'b', base: undefined, readings: [] },
  ]);
  assert.deepEqual([figures?.within?.hits, figures?.read, figures?.notRead], [2, 3, 1]);
  assert.ok(Math.abs((figures?.worstError ?? 0) - 0.05) < 1e-9);
  assert.ok(Math.abs((figures?.medianError ?? 0) - 0.025) < 1e-9);
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
