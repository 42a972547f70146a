import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Box } from '../../src/core/image.ts';
import { insideness, iou, nonMaximumSuppression } from '../../src/vision/nms.ts';

const at = (x: number, y: number, width: number): Box => ({ x, y, width, height: width });
const kept = (...faces: (readonly [number, Box])[]) =>
  nonMaximumSuppression(
    faces.map(([score, box]) => ({ score, box })),
    0.3,
  ).map(({ score }) => score);

test('how much two boxes share, of both and of the smaller', () => {
  assert.equal(iou(at(0, 0, 10), at(0, 0, 10)), 1);
  assert.equal(iou(at(0, 0, 10), at(10, 0, 10)), 0);
  assert.equal(iou(at(0, 0, 10), at(5, 0, 10)), 50 / 150);
  assert.equal(insideness(at(0, 0, 10), at(5, 0, 10)), 0.5);
  assert.equal(insideness(at(0, 0, 20), at(5, 5, 10)), 1);
  assert.equal(insideness(at(0, 0, 10), at(20, 20, 10)), 0);
});

test('of boxes that overlap the best-scoring one stays', () => {
  assert.deepEqual(kept([0.7, at(0, 0, 100)], [0.9, at(10, 10, 100)], [0.8, at(20, 0, 100)]), [0.9]);
});

test('a box within a better one is the same face, however small it is', () => {
  assert.deepEqual(kept([0.95, at(0, 0, 160)], [0.6, at(40, 60, 84)]), [0.95]);
  assert.deepEqual(kept([0.6, at(0, 0, 160)], [0.95, at(40, 60, 84)]), [0.95]);
});

test('neighbours who stand before one another are two', () => {
  assert.deepEqual(kept([0.9, at(0, 0, 100)], [0.8, at(65, 10, 60)]), [0.9, 0.8]);
});
