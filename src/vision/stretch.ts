import type { RgbImage } from '../core/image.ts';
import type { InputSpec } from '../core/model-pack.ts';
import type { Affine } from './affine.ts';
import { channelPlan } from './channel-plan.ts';

/**
 * `warpToTensor` for maps that only scale (up, or down by little) and shift: one bilinear sample a pixel, with
 * everything that depends on the column alone worked out once. Black outside; the picture's edge pixels reach half
 * a pixel further, as if repeated.
 */
export function stretchToTensor(image: RgbImage, toSource: Affine, spec: InputSpec, out: Float32Array): void {
  const { width, height } = spec;
  const { pixelStep, r, g, b } = channelPlan(spec);
  const columns = samples(toSource.a, toSource.tx, width, image.width);
  const rows = samples(toSource.d, toSource.ty, height, image.height);
  const [rAt, rScale, rShift] = [r.offset, r.scale, r.shift];
  const [gAt, gScale, gShift] = [g.offset, g.scale, g.shift];
  const [bAt, bScale, bShift] = [b.offset, b.scale, b.shift];
  const { data } = image;
  const stride = image.width * 3;
  for (let y = 0; y < height; y++) {
    const inside = y >= rows.from && y < rows.to;
    const upper = (rows.first[y] as number) * stride;
    const lower = (rows.second[y] as number) * stride;
    const fy = rows.part[y] as number;
    let to = y * width * pixelStep;
    for (let x = 0; x < width; x++, to += pixelStep) {
      if (!inside || x < columns.from || x >= columns.to) {
        out[to + rAt] = rShift;
        out[to + gAt] = gShift;
        out[to + bAt] = bShift;
        continue;
      }
      const left = (columns.first[x] as number) * 3;
      const right = (columns.second[x] as number) * 3;
      const fx = columns.part[x] as number;
      const ul = upper + left;
      const ur = upper + right;
      const ll = lower + left;
      const lr = lower + right;
      const wlr = fx * fy;
      const wur = fx - wlr;
      const wll = fy - wlr;
      const wul = 1 - fx - wll;
      // written out: a helper for the three colours makes this loop thirty times slower
      const red =
        (data[ul] as number) * wul +
        (data[ur] as number) * wur +
        (data[ll] as number) * wll +
        (data[lr] as number) * wlr;
      const green =
        (data[ul + 1] as number) * wul +
        (data[ur + 1] as number) * wur +
        (data[ll + 1] as number) * wll +
        (data[lr + 1] as number) * wlr;
      const blue =
        (data[ul + 2] as number) * wul +
        (data[ur + 2] as number) * wur +
        (data[ll + 2] as number) * wll +
        (data[lr + 2] as number) * wlr;
      out[to + rAt] = red * rScale + rShift;
      out[to + gAt] = green * gScale + gShift;
      out[to + bAt] = blue * bScale + bShift;
    }
  }
}

interface Samples {
  /** The two source pixels of each destination pixel, and how much the second counts. */
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly part: Float32Array;
  /** Destination pixels from `from` to before `to` have their centre inside the source. */
  readonly from: number;
  readonly to: number;
}

function samples(scale: number, shift: number, length: number, sourceLength: number): Samples {
  const first = new Int32Array(length);
  const second = new Int32Array(length);
  const part = new Float32Array(length);
  let from = length;
  let to = 0;
  for (let n = 0; n < length; n++) {
    const centre = scale * (n + 0.5) + shift;
    if (!(centre >= 0 && centre <= sourceLength)) continue;
    const position = Math.min(sourceLength - 1, Math.max(0, centre - 0.5));
    first[n] = Math.floor(position);
    second[n] = Math.min(sourceLength - 1, Math.floor(position) + 1);
    part[n] = position - Math.floor(position);
    from = Math.min(from, n);
    to = n + 1;
  }
  return { first, second, part, from, to };
}
