import type { Box, RgbImage } from '../core/image.ts';
import type { Affine } from './affine.ts';

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
