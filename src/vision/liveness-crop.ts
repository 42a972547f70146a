import type { Box, RgbImage } from '../core/image.ts';
import type { InputSpec } from '../core/model-pack.ts';
import type { Affine } from './affine.ts';
import { channelPlan } from './channel-plan.ts';

/** A crop is enlarged at most this much to fill the input; beyond, the network would judge invented pixels. */
const MAX_ENLARGEMENT = 2;

/**
 * The crop that the MiniFASNet networks were trained on, as a map from the input's pixels to the picture's: the
 * box widened `boxScale` times about its centre, less where it would not fit the picture, pushed inside where it
 * overhangs, and stretched to the input without keeping its aspect.
 *
 * `undefined` for a box that is no face in this picture: not finite, centred outside, larger than the picture, or too
 * small to show texture.
 */
export function livenessCrop(
  box: Box,
  picture: Pick<RgbImage, 'width' | 'height'>,
  boxScale: number,
  input: { readonly width: number; readonly height: number },
): Affine | undefined {
  const scale = Math.min(boxScale, picture.width / box.width, picture.height / box.height);
  const [width, height] = [box.width * scale, box.height * scale];
  const [centreX, centreY] = [box.x + box.width / 2, box.y + box.height / 2];
  const usable =
    box.width > 0 &&
    box.height > 0 &&
    scale >= 1 &&
    width * MAX_ENLARGEMENT >= input.width &&
    height * MAX_ENLARGEMENT >= input.height &&
    centreX >= 0 &&
    centreX <= picture.width &&
    centreY >= 0 &&
    centreY <= picture.height;
  if (!usable) return undefined;
  return {
    a: width / input.width,
    b: 0,
    tx: inside(centreX - width / 2, width, picture.width),
    c: 0,
    d: height / input.height,
    ty: inside(centreY - height / 2, height, picture.height),
  };
}

/** The start of a span of `length`, moved so that it lies within 0 … `limit`. */
function inside(start: number, length: number, limit: number): number {
  return Math.max(0, Math.min(start, limit - length));
}

/**
 * Fills `out` (3·width·height floats) with the crop, one bilinear sample a pixel however much it shrinks. The networks
 * were trained on crops made that way, with the texture that it leaves; averaged crops halve the scores of some live
 * faces and leave replays where they are. Pixel centres lie at half-integers; the picture's edge is repeated.
 */
export function sampleCrop(image: RgbImage, crop: Affine, spec: InputSpec, out: Float32Array): void {
  const { pixelStep, r, g, b } = channelPlan(spec);
  const { data } = image;
  const columns = samples(crop.a, crop.tx, spec.width, image.width, 3);
  const rows = samples(crop.d, crop.ty, spec.height, image.height, image.width * 3);
  for (let y = 0, to = 0; y < spec.height; y++) {
    const [upper, lower, down] = [rows.first[y] as number, rows.second[y] as number, rows.part[y] as number];
    for (let x = 0; x < spec.width; x++, to += pixelStep) {
      const [left, right] = [columns.first[x] as number, columns.second[x] as number];
      const along = columns.part[x] as number;
      const w11 = along * down;
      const w10 = along - w11;
      const w01 = down - w11;
      const w00 = 1 - along - w01;
      const [p, q, u, v] = [upper + left, upper + right, lower + left, lower + right];
      const red = at(data, p) * w00 + at(data, q) * w10 + at(data, u) * w01 + at(data, v) * w11;
      const green =
        at(data, p + 1) * w00 + at(data, q + 1) * w10 + at(data, u + 1) * w01 + at(data, v + 1) * w11;
      const blue =
        at(data, p + 2) * w00 + at(data, q + 2) * w10 + at(data, u + 2) * w01 + at(data, v + 2) * w11;
      out[to + r.offset] = red * r.scale + r.shift;
      out[to + g.offset] = green * g.scale + g.shift;
      out[to + b.offset] = blue * b.scale + b.shift;
    }
  }
}

function at(data: Uint8Array, index: number): number {
  return data[index] as number;
}

/** For each position along one axis: where the two source pixels stand that it lies between, and how far along. */
function samples(scale: number, shift: number, count: number, limit: number, stride: number) {
  const first = new Int32Array(count);
  const second = new Int32Array(count);
  const part = new Float64Array(count);
  for (let n = 0; n < count; n++) {
    const position = Math.min(limit - 1, Math.max(0, scale * (n + 0.5) + shift - 0.5));
    const pixel = Math.floor(position);
    first[n] = pixel * stride;
    second[n] = Math.min(limit - 1, pixel + 1) * stride;
    part[n] = position - pixel;
  }
  return { first, second, part };
}
