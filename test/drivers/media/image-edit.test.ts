import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SharpImageDecoder } from '../../../src/drivers/media/image-decoder.ts';
import {
  cropImage,
  encodeJpeg,
  placeImage,
  plainImage,
  resizeImage,
} from '../../../src/drivers/media/image-edit.ts';

/** Every pixel tells its own place: red = x, green = y. */
function coordinates(width: number, height: number) {
  const image = plainImage(width, height, [0, 0, 7]);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) image.data.set([x, y], (y * width + x) * 3);
  return image;
}

test('a crop is cut off at the edges and has pixels of its own', () => {
  const image = coordinates(10, 8);
  const inside = cropImage(image, { x: 2, y: 3, width: 4, height: 2 });
  assert.deepEqual([inside.width, inside.height, ...inside.data.subarray(0, 3)], [4, 2, 2, 3, 7]);
  assert.deepEqual([...inside.data.subarray(-3)], [5, 4, 7]);
  const corner = cropImage(image, { x: -3, y: -3, width: 5, height: 5 });
  assert.deepEqual([corner.width, corner.height], [2, 2]);
  inside.data.fill(0);
  assert.equal(image.data[(3 * 10 + 2) * 3], 2);
  assert.throws(() => cropImage(image, { x: 20, y: 0, width: 5, height: 5 }), RangeError);
});

test('placing overhangs on every side', () => {
  const canvas = plainImage(6, 6, [1, 1, 1]);
  const stamp = plainImage(4, 4, [9, 9, 9]);
  const places: [number, number, number][] = [
    [1, 1, 16],
    [-2, -2, 4],
    [4, 4, 4],
    [6, 0, 0],
    [0, -4, 0],
    [-1, 3, 9],
  ];
  for (const [x, y, pixels] of places) {
    const placed = placeImage(canvas, stamp, { x, y });
    assert.equal(placed.data.filter((value) => value === 9).length, pixels * 3, `${x},${y}`);
  }
  assert.ok(canvas.data.every((value) => value === 1));
});

test('resizing keeps the colour and gives the asked size', async () => {
  const small = await resizeImage(plainImage(64, 48, [200, 100, 50]), { width: 20, height: 31 });
  assert.deepEqual([small.width, small.height, ...small.data.subarray(0, 3)], [20, 31, 200, 100, 50]);
});

test('a JPEG made here is read back', async () => {
  const result = await new SharpImageDecoder().decode(
    await encodeJpeg(plainImage(33, 21, [200, 100, 50]), 95),
  );
  assert.ok(result.ok);
  assert.deepEqual([result.image.width, result.image.height], [33, 21]);
});
