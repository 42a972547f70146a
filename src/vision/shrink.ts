import type { RgbImage } from '../core/image.ts';
import type { InputSpec } from '../core/model-pack.ts';
import type { Affine } from './affine.ts';
import { channelPlan } from './channel-plan.ts';

/** Which source pixels make up one destination pixel, along one axis, and how much each counts. */
interface Coverage {
  /** First source pixel and number of them, for each destination pixel; 0 where it lies outside. */
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** Weights, `stride` for each destination pixel; they sum to the part that lies inside. */
  readonly weights: Float32Array;
  readonly stride: number;
}

/**
 * `warpToTensor` for maps that only scale down and shift: every source pixel counts by the area that it covers of a
 * destination pixel. Works row by row, first down the columns, then along the row, so that each source pixel is
 * touched about twice whatever the factor.
 */
export function shrinkToTensor(image: RgbImage, toSource: Affine, spec: InputSpec, out: Float32Array): void {
  const { width, height } = spec;
  const { pixelStep, r, g, b } = channelPlan(spec);
  const columns = coverage(toSource.a, toSource.tx, width, image.width);
  const rows = coverage(toSource.d, toSource.ty, height, image.height);
  const stride = image.width * 3;
  const sums = new Float32Array(stride);
  for (let y = 0; y < height; y++) {
    sums.fill(0);
    const firstRow = rows.first[y] as number;
    for (let k = 0; k < (rows.count[y] as number); k++) {
      addRow(image.data, (firstRow + k) * stride, rows.weights[y * rows.stride + k] as number, sums);
    }
    let to = y * width * pixelStep;
    for (let x = 0; x < width; x++, to += pixelStep) {
      let [red, green, blue] = [0, 0, 0];
      const count = columns.count[x] as number;
      let from = (columns.first[x] as number) * 3;
      for (let k = 0, w = x * columns.stride; k < count; k++, w++, from += 3) {
        const weight = columns.weights[w] as number;
        red += (sums[from] as number) * weight;
        green += (sums[from + 1] as number) * weight;
        blue += (sums[from + 2] as number) * weight;
      }
      out[to + r.offset] = red * r.scale + r.shift;
      out[to + g.offset] = green * g.scale + g.shift;
      out[to + b.offset] = blue * b.scale + b.shift;
    }
  }
}

function addRow(data: Uint8Array, at: number, weight: number, sums: Float32Array): void {
  for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] as number) + (data[at + i] as number) * weight;
}

/** Destination pixel n covers the source from scale·n + shift to scale·(n + 1) + shift. */
function coverage(scale: number, shift: number, length: number, sourceLength: number): Coverage {
  const stride = Math.ceil(scale) + 1;
  const first = new Int32Array(length);
  const count = new Int32Array(length);
  const weights = new Float32Array(length * stride);
  for (let n = 0; n < length; n++) {
    const from = Math.max(0, scale * n + shift);
    const to = Math.min(sourceLength, scale * (n + 1) + shift);
    if (!(to > from)) continue;
    const start = Math.floor(from);
    const end = Math.min(sourceLength, Math.ceil(to));
    first[n] = start;
    count[n] = Math.min(stride, end - start);
    for (let k = 0; k < (count[n] as number); k++) {
      const pixel = start + k;
      weights[n * stride + k] = (Math.min(to, pixel + 1) - Math.max(from, pixel)) / scale;
    }
  }
  return { first, count, weights, stride };
}
