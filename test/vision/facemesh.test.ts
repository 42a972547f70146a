import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boxAround } from '../../src/vision/facemesh.ts';

test('the box around points holds them all and is no larger', () => {
  const points = [
    { x: 3, y: -2 },
    { x: -1, y: 5 },
    { x: 2, y: 2 },
  ];
  assert.deepEqual(boxAround(points), { x: -1, y: -2, width: 4, height: 7 });
});
