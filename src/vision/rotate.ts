import type { RgbImage } from '../core/image.ts';

/** `image` turned clockwise by a quarter, a half or three quarters, in pixels of its own. */
export function rotated(image: RgbImage, degrees: 90 | 180 | 270): RgbImage {
  const { width: w, height: h, data: from } = image;
  const [width, height] = degrees === 180 ? [w, h] : [h, w];
  const data = new Uint8Array(from.length);
  // where the pixel right of, and below, one of the result lies in the source
  const stepX = degrees === 90 ? -w : degrees === 180 ? -1 : w;
  const stepY = degrees === 90 ? 1 : degrees === 180 ? -w : -1;
  const first = degrees === 90 ? (h - 1) * w : degrees === 180 ? w * h - 1 : w - 1;
  let to = 0;
  for (let y = 0; y < height; y++) {
    let pixel = first + y * stepY;
    for (let x = 0; x < width; x++) {
      const at = pixel * 3;
      data[to++] = from[at] as number;
      data[to++] = from[at + 1] as number;
      data[to++] = from[at + 2] as number;
      pixel += stepX;
    }
  }
  return { width, height, data };
}
