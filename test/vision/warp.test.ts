import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RgbImage } from '../../src/core/image.ts';
import type { InputSpec } from '../../src/core/model-pack.ts';
import { warpToImage, warpToTensor } from '../../src/vision/warp.ts';

const IDENTITY = { a: 1, b: 0, tx: 0, c: 0, d: 1, ty: 0 };

function picture(
  width: number,
  height: number,
  colour: (x: number, y: number) => [number, number, number],
): RgbImage {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data.set(colour(x, y), (y * width + x) * 3);
  }
  return { width, height, data };
}

function spec(over: Partial<InputSpec>): InputSpec {
  return {
    tensor: 'input',
    width: 4,
    height: 3,
    layout: 'NCHW',
    channels: 'RGB',
    mean: [0, 0, 0],
    std: [1, 1, 1],
    ...over,
  };
}

const scene = picture(4, 3, (x, y) => [10 * x, 20 * y, 100 + x + y]);

test('the identity copies every pixel, border included', () => {
  assert.deepEqual(warpToImage(scene, IDENTITY, 4, 3).data, scene.data);
});

test('layout and channel order put each colour where the network expects it', () => {
  const at = (x: number, y: number, c: number) => scene.data[(y * 4 + x) * 3 + c];
  for (const layout of ['NCHW', 'NHWC'] as const) {
    for (const channels of ['RGB', 'BGR'] as const) {
      const out = new Float32Array(36);
      warpToTensor(scene, IDENTITY, spec({ layout, channels }), out);
      for (let y = 0; y < 3; y++) {
        for (let x = 0; x < 4; x++) {
          for (let c = 0; c < 3; c++) {
            const index = layout === 'NCHW' ? c * 12 + y * 4 + x : (y * 4 + x) * 3 + c;
            assert.equal(out[index], at(x, y, channels === 'RGB' ? c : 2 - c));
          }
        }
      }
    }
  }
});

test('mean and standard deviation belong to the channel as the network orders it', () => {
  const out = new Float32Array(36);
  warpToTensor(scene, IDENTITY, spec({ channels: 'BGR', mean: [100, 1, 2], std: [2, 1, 4] }), out);
  assert.equal(out[0], 0); // blue of the first pixel: (100 − 100) / 2
  assert.equal(out[12], -1); // green: (0 − 1) / 1
  assert.equal(out[24], -0.5); // red: (0 − 2) / 4
});

test('halving a picture averages four pixels, without an offset', () => {
  const checker = picture(8, 8, (x, y) => ((x + y) % 2 === 0 ? [255, 255, 255] : [1, 1, 1]));
  const half = warpToImage(checker, { a: 2, b: 0, tx: 0, c: 0, d: 2, ty: 0 }, 4, 4);
  assert.ok(half.data.every((value) => value === 128));
});

test('a large picture shrunk eight times keeps its mean: no pixel is skipped', () => {
  const lines = picture(64, 64, (x) => (x % 8 === 3 ? [255, 255, 255] : [0, 0, 0]));
  const small = warpToImage(lines, { a: 8, b: 0, tx: 0, c: 0, d: 8, ty: 0 }, 8, 8);
  for (const value of small.data) assert.ok(Math.abs(value - 255 / 8) <= 1, `${value}`);
});

test('outside the picture everything is black', () => {
  const out = warpToImage(scene, { ...IDENTITY, tx: 100 }, 4, 3);
  assert.ok(out.data.every((value) => value === 0));
});

test('a map full of NaN reads nothing and does not hang', () => {
  const nan = { a: Number.NaN, b: 0, tx: 0, c: 0, d: Number.NaN, ty: 0 };
  assert.ok(warpToImage(scene, nan, 4, 3).data.every((value) => value === 0));
});

test('shrinking without turning keeps the mean of a picture, whatever the factor', () => {
  const smooth = picture(970, 610, (x, y) => [x / 4, y / 3, (x + y) / 7]);
  const mean = (values: ArrayLike<number>, from: number, step: number) => {
    let sum = 0;
    for (let i = from; i < values.length; i += step) sum += values[i] as number;
    return sum / (values.length / step);
  };
  for (const [width, height] of [
    [480, 300],
    [640, 400],
    [310, 170],
    [97, 61],
  ] as const) {
    const [a, d] = [970 / width, 610 / height];
    const out = new Float32Array(width * height * 3);
    warpToTensor(smooth, { a, b: 0, tx: 0, c: 0, d, ty: 0 }, spec({ width, height, layout: 'NHWC' }), out);
    for (let c = 0; c < 3; c++) {
      assert.ok(Math.abs(mean(out, c, 3) - mean(smooth.data, c, 3)) < 0.5, `${width}×${height} channel ${c}`);
    }
  }
});

test('shrinking without turning does not shift the picture', () => {
  const edge = picture(600, 400, (x, y) => [x < 300 ? 0 : 255, y < 200 ? 0 : 255, 0]);
  const [width, height] = [240, 160];
  const out = new Float32Array(width * height * 3);
  warpToTensor(edge, { a: 2.5, b: 0, tx: 0, c: 0, d: 2.5, ty: 0 }, spec({ width, height }), out);
  const red = (x: number) => out[80 * width + x];
  const green = (y: number) => out[width * height + y * width + 50];
  assert.deepEqual([red(119), red(120), green(79), green(80)], [0, 255, 0, 255]);
});

test('the two ways of shrinking agree where both are exact', () => {
  const checker = picture(8, 8, (x, y) => ((x + y) % 2 === 0 ? [255, 9, 30] : [1, 80, 60]));
  const areas = new Float32Array(4 * 4 * 3);
  const samples = new Float32Array(4 * 4 * 3);
  const half = spec({ width: 4, height: 4 });
  warpToTensor(checker, { a: 2, b: 0, tx: 0, c: 0, d: 2, ty: 0 }, half, areas);
  warpToTensor(checker, { a: 2, b: 1e-12, tx: 0, c: 0, d: 2, ty: 0 }, half, samples);
  for (let i = 0; i < areas.length; i++) {
    assert.ok(Math.abs((areas[i] as number) - (samples[i] as number)) < 1e-3);
  }
});

test('a letterbox is black beside the picture', () => {
  const white = picture(20, 10, () => [255, 255, 255]);
  const out = new Float32Array(10 * 10 * 3);
  warpToTensor(
    white,
    { a: 2, b: 0, tx: 0, c: 0, d: 2, ty: -6 },
    spec({ width: 10, height: 10, layout: 'NHWC' }),
    out,
  );
  const row = (y: number) => [...out.subarray(y * 30, y * 30 + 30)];
  assert.ok(row(0).every((v) => v === 0) && row(9).every((v) => v === 0));
  assert.ok(row(5).every((v) => Math.abs(v - 255) < 1e-3));
});
