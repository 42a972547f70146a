import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { applyAffine } from '../../src/vision/affine.ts';
import { livenessCrop, sampleCrop } from '../../src/vision/liveness-crop.ts';
import { MINIFASNET_INPUT } from '../fixtures/minifasnet-input.ts';

const PICTURE = { width: 640, height: 480 };

/** Corners of the crop in the picture: left, top, right, bottom. */
function edges(box: [number, number, number, number], scale: number): number[] | undefined {
  const [x, y, width, height] = box;
  const crop = livenessCrop({ x, y, width, height }, PICTURE, scale, MINIFASNET_INPUT);
  if (crop === undefined) return undefined;
  const [from, to] = [applyAffine(crop, { x: 0, y: 0 }), applyAffine(crop, { x: 80, y: 80 })];
  return [from.x, from.y, to.x, to.y].map((v) => Math.round(v * 1e6) / 1e6);
}

test('the crop is the box widened about its centre, keeping its own aspect', () => {
  assert.deepEqual(edges([300, 200, 40, 60], 2.5), [270, 155, 370, 305]);
});

test('a crop that overhangs is pushed inside, not cut', () => {
  assert.deepEqual(edges([0, 200, 40, 60], 3), [0, 140, 120, 320]);
  assert.deepEqual(edges([600, 430, 40, 50], 3), [520, 330, 640, 480]);
});

test('a crop that would not fit is scaled less, on both sides alike', () => {
  assert.deepEqual(edges([250, 120, 160, 240], 4), [170, 0, 490, 480]);
});

test('what is no face in the picture has no crop', () => {
  for (const box of [
    [Number.NaN, 100, 50, 50],
    [100, 100, Number.NaN, 50],
    [Number.POSITIVE_INFINITY, 100, 50, 50],
    [100, 100, Number.POSITIVE_INFINITY, 50],
    [100, 100, 0, 50],
    [100, 100, -50, -50],
    [700, 100, 50, 50],
    [100, -90, 50, 50],
    [-100, -100, 1_000, 1_000],
    [100, 100, 5, 5],
  ] as [number, number, number, number][]) {
    assert.equal(edges(box, 2.7), undefined, String(box));
  }
});

test('whatever the box, a crop lies inside the picture and is finite', () => {
  const figure = fc.oneof({ weight: 5, arbitrary: fc.double({ min: -900, max: 900 }) }, fc.double());
  fc.assert(
    fc.property(figure, figure, figure, figure, fc.constantFrom(2.7, 4), (x, y, width, height, scale) => {
      const crop = edges([x, y, width, height], scale);
      if (crop === undefined) return;
      const [left, top, right, bottom] = crop as [number, number, number, number];
      assert.ok(left >= 0 && top >= 0 && right <= 640.001 && bottom <= 480.001, String(crop));
      assert.ok(right - left >= 39.99 && bottom - top >= 39.99);
    }),
  );
});

test('colours go in undivided, blue first, one bilinear sample a pixel', () => {
  const image = {
    width: 4,
    height: 1,
    data: Uint8Array.from([10, 20, 30, 50, 60, 70, 90, 100, 110, 130, 140, 150]),
  };
  const input = { ...MINIFASNET_INPUT, width: 2, height: 1 };
  const out = new Float32Array(6);
  sampleCrop(image, { a: 2, b: 0, tx: 0, c: 0, d: 1, ty: 0 }, input, out);
  assert.deepEqual([...out], [50, 130, 40, 120, 30, 110]);
});

test('shrinking does not average: the texture between two samples is not seen', () => {
  const width = 400;
  const stripes = Uint8Array.from({ length: width * 3 }, (_, i) => (Math.floor(i / 3) % 5 === 2 ? 0 : 200));
  const input = { ...MINIFASNET_INPUT, width: 80, height: 1 };
  const out = new Float32Array(240);
  sampleCrop({ width, height: 1, data: stripes }, { a: 5, b: 0, tx: 0, c: 0, d: 1, ty: 0 }, input, out);
  assert.ok(out.every((value) => value === 0));
});

test('the last row and column repeat the edge of the picture', () => {
  const image = { width: 2, height: 2, data: new Uint8Array(12).fill(77) };
  const out = new Float32Array(3 * 80 * 80);
  sampleCrop(image, { a: 2 / 80, b: 0, tx: 0, c: 0, d: 2 / 80, ty: 0 }, MINIFASNET_INPUT, out);
  assert.ok(out.every((value) => value === 77));
});
