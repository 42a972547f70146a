import type { RgbImage } from '../core/image.ts';
import type { InputSpec } from '../core/model-pack.ts';
import type { Affine } from './affine.ts';
import { bilinearTaps, meanTaps } from './axis-taps.ts';
import { channelPlan } from './channel-plan.ts';
import { RowMixer } from './row-mixer.ts';

/** From this factor on a picture that is only scaled down is averaged; below, one bilinear sample does. */
const SHRINK_FROM = 1.5;
/** Source pixels averaged along each axis at most, where the picture shrinks. */
const MAX_TAPS = 8;
const mixer = new RowMixer();

/**
 * Fills `out` (3·width·height floats) with the network input that `toSource` maps into `image`: bilinear where the
 * picture grows, an average of bilinear samples where it shrinks (one per source pixel, at most 8 × 8), of whole
 * pixels where it shrinks without turning (`meanTaps`); black outside. Pixel centres lie at half-integers on both sides.
 */
export function warpToTensor(image: RgbImage, toSource: Affine, spec: InputSpec, out: Float32Array): void {
  if (toSource.b === 0 && toSource.c === 0 && toSource.a > 0 && toSource.d > 0) {
    const taps = Math.min(toSource.a, toSource.d) >= SHRINK_FROM ? meanTaps : bilinearTaps;
    const columns = taps(toSource.a, toSource.tx, spec.width, image.width);
    const rows = taps(toSource.d, toSource.ty, spec.height, image.height);
    mixer.fill(image, columns, rows, spec, out);
    return;
  }
  const { width, height } = spec;
  const { pixelStep, r, g, b } = channelPlan(spec);
  const sample = sampler(image, toSource, width);
  for (let y = 0; y < height; y++) {
    const row = sample(y);
    let to = y * width * pixelStep;
    for (let x = 0, i = 0; x < width; x++, i += 3, to += pixelStep) {
      out[to + r.offset] = (row[i] as number) * r.scale + r.shift;
      out[to + g.offset] = (row[i + 1] as number) * g.scale + g.shift;
      out[to + b.offset] = (row[i + 2] as number) * b.scale + b.shift;
    }
  }
}

/** The same as pixels: an RGB picture of `width` × `height`. */
export function warpToImage(image: RgbImage, toSource: Affine, width: number, height: number): RgbImage {
  const data = new Uint8Array(width * height * 3);
  const sample = sampler(image, toSource, width);
  for (let y = 0; y < height; y++) {
    const row = sample(y);
    const at = y * width * 3;
    for (let i = 0; i < width * 3; i++) data[at + i] = Math.round(row[i] as number);
  }
  return { width, height, data };
}

/** Returns a function that computes one destination row as RGB floats 0 … 255, in a buffer that it reuses. */
function sampler(image: RgbImage, m: Affine, width: number): (y: number) => Float32Array {
  const row = new Float32Array(width * 3);
  const tapsX = taps(Math.hypot(m.a, m.c));
  const tapsY = taps(Math.hypot(m.b, m.d));
  if (tapsX === 1 && tapsY === 1) {
    return (y) => {
      row.fill(0);
      addRow(image, m, width, 0.5, y + 0.5, row);
      return row;
    };
  }
  const weight = 1 / (tapsX * tapsY);
  return (y) => {
    row.fill(0);
    for (let j = 0; j < tapsY; j++) {
      for (let i = 0; i < tapsX; i++) {
        addRow(image, m, width, (i + 0.5) / tapsX, y + (j + 0.5) / tapsY, row);
      }
    }
    for (let i = 0; i < row.length; i++) row[i] = (row[i] as number) * weight;
    return row;
  };
}

function taps(sourcePixelsPerStep: number): number {
  return Number.isFinite(sourcePixelsPerStep)
    ? Math.min(MAX_TAPS, Math.max(1, Math.round(sourcePixelsPerStep)))
    : 1;
}

/** Adds one bilinear sample per destination pixel of the line (x0 + n, y) to `row`. */
function addRow(image: RgbImage, m: Affine, width: number, x0: number, y: number, row: Float32Array): void {
  const { data, width: w, height: h } = image;
  const stride = w * 3;
  let sx = m.a * x0 + m.b * y + m.tx - 0.5;
  let sy = m.c * x0 + m.d * y + m.ty - 0.5;
  for (let x = 0, i = 0; x < width; x++, i += 3, sx += m.a, sy += m.c) {
    const ix = Math.floor(sx);
    const iy = Math.floor(sy);
    if (ix >= 0 && iy >= 0 && ix < w - 1 && iy < h - 1) {
      const fx = sx - ix;
      const fy = sy - iy;
      const w11 = fx * fy;
      const w10 = fx - w11;
      const w01 = fy - w11;
      const w00 = 1 - fx - w01;
      const p = iy * stride + ix * 3;
      const q = p + stride;
      row[i] =
        (row[i] as number) +
        (data[p] as number) * w00 +
        (data[p + 3] as number) * w10 +
        (data[q] as number) * w01 +
        (data[q + 3] as number) * w11;
      row[i + 1] =
        (row[i + 1] as number) +
        (data[p + 1] as number) * w00 +
        (data[p + 4] as number) * w10 +
        (data[q + 1] as number) * w01 +
        (data[q + 4] as number) * w11;
      row[i + 2] =
        (row[i + 2] as number) +
        (data[p + 2] as number) * w00 +
        (data[p + 5] as number) * w10 +
        (data[q + 2] as number) * w01 +
        (data[q + 5] as number) * w11;
    } else if (ix >= -1 && iy >= -1 && ix < w && iy < h) {
      addBorderPixel(image, ix, iy, sx - ix, sy - iy, row, i);
    }
  }
}

/** A sample that touches the picture's edge: neighbours outside count as black. */
function addBorderPixel(
  image: RgbImage,
  ix: number,
  iy: number,
  fx: number,
  fy: number,
  row: Float32Array,
  at: number,
): void {
  for (let dy = 0; dy < 2; dy++) {
    for (let dx = 0; dx < 2; dx++) {
      const [x, y] = [ix + dx, iy + dy];
      if (x < 0 || y < 0 || x >= image.width || y >= image.height) continue;
      const weight = (dx === 0 ? 1 - fx : fx) * (dy === 0 ? 1 - fy : fy);
      const p = (y * image.width + x) * 3;
      for (let c = 0; c < 3; c++)
        row[at + c] = (row[at + c] as number) + (image.data[p + c] as number) * weight;
    }
  }
}
