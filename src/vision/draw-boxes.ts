import type { Box, RgbImage } from '../core/image.ts';

export type Rgb = readonly [number, number, number];

export interface ColouredBox {
  readonly box: Box;
  readonly colour: Rgb;
}

/** A copy of `image` with the outlines of `boxes`, `thicknessPx` wide and cut off at the picture's edges. */
export function drawBoxes(image: RgbImage, boxes: readonly ColouredBox[], thicknessPx = 3): RgbImage {
  const { width, height } = image;
  const data = Uint8Array.from(image.data);
  const fill = (fromX: number, fromY: number, toX: number, toY: number, [r, g, b]: Rgb) => {
    for (let y = Math.max(0, fromY); y < Math.min(height, toY); y++) {
      for (let x = Math.max(0, fromX); x < Math.min(width, toX); x++) {
        const at = (y * width + x) * 3;
        data[at] = r;
        data[at + 1] = g;
        data[at + 2] = b;
      }
    }
  };
  for (const { box, colour } of boxes) {
    const [left, top] = [Math.round(box.x), Math.round(box.y)];
    const [right, bottom] = [Math.round(box.x + box.width), Math.round(box.y + box.height)];
    fill(left, top, right, top + thicknessPx, colour);
    fill(left, bottom - thicknessPx, right, bottom, colour);
    fill(left, top, left + thicknessPx, bottom, colour);
    fill(right - thicknessPx, top, right, bottom, colour);
  }
  return { width, height, data };
}
