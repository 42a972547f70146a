import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rotated } from '../../src/vision/rotate.ts';

/** 1 2 3 over 4 5 6, each pixel of one value. */
const image = { width: 3, height: 2, data: Uint8Array.from([1, 2, 3, 4, 5, 6].flatMap((v) => [v, v, v])) };
const values = ({ data }: { data: Uint8Array }) => [...data].filter((_, i) => i % 3 === 0);

test('clockwise by a quarter: the left column becomes the top row', () => {
  const turned = rotated(image, 90);
  assert.deepEqual([turned.width, turned.height, values(turned)], [2, 3, [4, 1, 5, 2, 6, 3]]);
});

test('by a half: upside down', () => {
  assert.deepEqual(values(rotated(image, 180)), [6, 5, 4, 3, 2, 1]);
});

test('four quarters are none; three are one the other way', () => {
  const once = rotated(image, 90);
  assert.deepEqual(values(rotated(once, 270)), values(image));
  assert.deepEqual(values(rotated(rotated(once, 90), 180)), values(image));
});
