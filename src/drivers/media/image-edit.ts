import type { Box, RgbImage } from '../../core/image.ts';
import { sharp } from './sharp.ts';

/** A JPEG of `image`, without any metadata. `quality` 1 … 100. */
export function encodeJpeg(image: RgbImage, quality = 90): Promise<Uint8Array> {
  return fromPixels(image).jpeg({ quality }).toBuffer();
}

/**
 * The part of `image` inside `box`, rounded to whole pixels and cut off at the picture's edges, in pixels of its own.
 * @throws RangeError when nothing of the box lies inside
 */
export function cropImage(image: RgbImage, box: Box): RgbImage {
  const left = Math.max(0, Math.round(box.x));
  const top = Math.max(0, Math.round(box.y));
  const width = Math.min(image.width, Math.round(box.x + box.width)) - left;
  const height = Math.min(image.height, Math.round(box.y + box.height)) - top;
  if (width <= 0 || height <= 0) {
    throw new RangeError(`the box ${JSON.stringify(box)} lies outside ${image.width} × ${image.height}`);
  }
  const data = new Uint8Array(width * height * 3);
  for (let row = 0; row < height; row++) {
    const from = ((top + row) * image.width + left) * 3;
    data.set(image.data.subarray(from, from + width * 3), row * width * 3);
  }
  return { width, height, data };
}

/** `image` at exactly `width` × `height` px (Lanczos); the caller keeps the aspect. */
export async function resizeImage(
  image: RgbImage,
  size: { width: number; height: number },
): Promise<RgbImage> {
  const { data, info } = await fromPixels(image)
    .resize({ width: Math.round(size.width), height: Math.round(size.height), fit: 'fill' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}

/** A picture of one colour, `rgb` 0 … 255 each. */
export function plainImage(width: number, height: number, rgb: readonly [number, number, number]): RgbImage {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i++) data[i] = rgb[i % 3] as number;
  return { width, height, data };
}

/** A copy of `canvas` with `image` laid on it, its top left corner at `at` (whole pixels); what overhangs is cut off. */
export function placeImage(canvas: RgbImage, image: RgbImage, at: { x: number; y: number }): RgbImage {
  const data = new Uint8Array(canvas.data);
  const [x, y] = [Math.round(at.x), Math.round(at.y)];
  const skip = Math.max(0, -x);
  const width = Math.min(image.width, canvas.width - x) - skip;
  for (let row = Math.max(0, -y); row < image.height && y + row < canvas.height && width > 0; row++) {
    const from = (row * image.width + skip) * 3;
    data.set(image.data.subarray(from, from + width * 3), ((y + row) * canvas.width + x + skip) * 3);
  }
  return { width: canvas.width, height: canvas.height, data };
}

function fromPixels(image: RgbImage) {
  const { width, height, data } = image;
  return sharp(data, { raw: { width, height, channels: 3 } });
}
