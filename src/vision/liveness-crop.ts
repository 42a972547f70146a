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
  const { data, width: imageWidth } = image;
  const columns = samples(crop.a, crop.tx, spec.width, image.width);
  const rows = samples(crop.d, crop.ty, spec.height, image.height);
  let to = 0;
  for (const row of rows) {
    const [upper, lower] = [row.first * imageWidth, row.second * imageWidth];
    for (const column of columns) {
      const topLeft = (upper + column.first) * 3;
      const topRight = (upper + column.second) * 3;
      const bottomLeft = (lower + column.first) * 3;
      const bottomRight = (lower + column.second) * 3;
      const value = (channel: number): number => {
        const left = data[topLeft + channel] as number;
        const under = data[bottomLeft + channel] as number;
        const top = left + ((data[topRight + channel] as number) - left) * column.part;
        const bottom = under + ((data[bottomRight + channel] as number) - under) * column.part;
        return top + (bottom - top) * row.part;
      };
      out[to + r.offset] = value(0) * r.scale + r.shift;
      out[to + g.offset] = value(1) * g.scale + g.shift;
      out[to + b.offset] = value(2) * b.scale + b.shift;
      to += pixelStep;
    }
  }
}

/** For each of `count` positions along one axis: the two source pixels it lies between, and how far along. */
function samples(scale: number, shift: number, count: number, limit: number) {
  return Array.from({ length: count }, (_, n) => {
    const at = Math.min(limit - 1, Math.max(0, scale * (n + 0.5) + shift - 0.5));
    const first = Math.floor(at);
    return { first, second: Math.min(limit - 1, first + 1), part: at - first };
  });
}
