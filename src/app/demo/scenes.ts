import type { RgbImage } from '../../core/image.ts';
import { encodeJpeg, placeImage, plainImage, resizeImage } from '../../drivers/media/image-edit.ts';

/** The demo camera: VGA, five frames a second. */
export const FRAME = { width: 640, height: 480, intervalMs: 200 } as const;
const WALL: [number, number, number] = [112, 118, 124];

/** A visitor comes closer: side of the portrait as part of the frame's height, frame by frame. */
const APPROACH = [0.34, 0.38, 0.42, 0.46, 0.5, 0.54, 0.58, 0.62, 0.62, 0.62] as const;
/** Frames of empty room between visitors: longer than a track is kept (1.5 s). */
const PAUSE_FRAMES = 9;

/** The pictures that the demo's camera plays: an empty room, each visitor walking up in turn, an empty room. */
export async function scenes(visitors: readonly RgbImage[]): Promise<Uint8Array[]> {
  const room = await encodeJpeg(plainImage(FRAME.width, FRAME.height, WALL), 92);
  const frames = Array<Uint8Array>(3).fill(room);
  for (const visitor of visitors) {
    for (const [i, part] of APPROACH.entries()) frames.push(await approach(visitor, part, i));
    frames.push(...Array<Uint8Array>(PAUSE_FRAMES).fill(room));
  }
  return frames;
}

async function approach(visitor: RgbImage, part: number, step: number): Promise<Uint8Array> {
  const height = part * FRAME.height;
  const width = (height * visitor.width) / visitor.height;
  const portrait = await resizeImage(visitor, { width, height });
  const sway = Math.round(8 * Math.sin(step));
  const at = {
    x: Math.round((FRAME.width - portrait.width) / 2) + sway,
    y: Math.round((FRAME.height - portrait.height) / 2),
  };
  return encodeJpeg(placeImage(plainImage(FRAME.width, FRAME.height, WALL), portrait, at), 92);
}
