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
  const [rAt, rScale, rShift] = [r.offset, r.scale, r.shift];
  const [gAt, gScale, gShift] = [g.offset, g.scale, g.shift];
  const [bAt, bScale, bShift] = [b.offset, b.scale, b.shift];
  const columns = coverage(toSource.a, toSource.tx, width, image.width);
  const rows = coverage(toSource.d, toSource.ty, height, image.height);
  const stride = image.width * 3;
  const sums = new Float32Array(stride);
  for (let y = 0; y < height; y++) {
    sumRows(image.data, stride, rows, y, sums);
    let to = y * width * pixelStep;
    for (let x = 0; x < width; x++) {
      let red = 0;
      let green = 0;
      let blue = 0;
      let from = (columns.first[x] as number) * 3;
      const start = x * columns.stride;
      const end = start + (columns.count[x] as number);
      for (let w = start; w < end; w++) {
        const weight = columns.weights[w] as number;
        red += (sums[from] as number) * weight;
        green += (sums[from + 1] as number) * weight;
        blue += (sums[from + 2] as number) * weight;
        from += 3;
      }
      out[to + rAt] = red * rScale + rShift;
      out[to + gAt] = green * gScale + gShift;
      out[to + bAt] = blue * bScale + bShift;
      to += pixelStep;
    }
  }
}

/** The weighted sum of the source rows that destination row `y` covers. */
function sumRows(data: Uint8Array, stride: number, rows: Coverage, y: number, sums: Float32Array): void {
  const first = rows.first[y] as number;
  const count = rows.count[y] as number;
  if (count === 0) {
    sums.fill(0);
    return;
  }
  for (let k = 0; k < count; k++) {
    const weight = rows.weights[y * rows.stride + k] as number;
    const at = (first + k) * stride;
    if (k === 0) {
      for (let i = 0; i < stride; i++) sums[i] = (data[at + i] as number) * weight;
    } else {
      for (let i = 0; i < stride; i++) {
        sums[i] = (sums[i] as number) + (data[at + i] as number) * weight;
      }
    }
  }
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
      const part = (Math.min(to, pixel + 1) - Math.max(from, pixel)) / scale;
      weights[n * stride + k] = part;
    }
  }
  return { first, count, weights, stride };
}
