import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RgbImage } from '../../src/core/image.ts';
import { drawBoxes } from '../../src/vision/draw-boxes.ts';

const image = { width: 8, height: 6, data: new Uint8Array(8 * 6 * 3) };

function rows({ width, height, data }: RgbImage): string[] {
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => (data[(y * width + x) * 3] === 9 ? '#' : '.')).join(''),
  );
}

test('an outline on a copy', () => {
  const box = { x: 1, y: 1, width: 5, height: 4 };
  const drawn = drawBoxes(image, [{ box, colour: [9, 8, 7] }], 1);
  assert.deepEqual(rows(drawn), ['........', '.#####..', '.#...#..', '.#...#..', '.#####..', '........']);
  assert.deepEqual([...drawn.data.subarray((8 + 1) * 3, (8 + 1) * 3 + 3)], [9, 8, 7]);
  assert.ok(image.data.every((value) => value === 0));
});

test('a box beyond the edges is cut off, one outside draws nothing', () => {
  const box = { x: -2, y: -3, width: 5, height: 5.4 };
  assert.deepEqual(rows(drawBoxes(image, [{ box, colour: [9, 9, 9] }], 1)), [
    '..#.....',
    '###.....',
    '........',
    '........',
    '........',
    '........',
  ]);
  const outside = { x: 20, y: 20, width: 5, height: 5 };
  assert.deepEqual(drawBoxes(image, [{ box: outside, colour: [9, 9, 9] }]).data, image.data);
});
