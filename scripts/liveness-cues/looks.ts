// What the networks and the cues say of faces, one look after the other, over the pack's own engine.
import { readFile } from 'node:fs/promises';
import type { Box, Point, RgbImage } from '../../src/core/image.ts';
import { loadPack } from '../../src/drivers/inference/packs/load-pack.ts';
import { FfmpegVideoDecoder } from '../../src/drivers/media/ffmpeg-frames.ts';
import { FfmpegProgram } from '../../src/drivers/media/ffmpeg-program.ts';
import { SharpImageDecoder } from '../../src/drivers/media/image-decoder.ts';
import { SystemClock } from '../../src/runtime/clock.ts';
import type { FaceEngine } from '../../src/services/recognition/face-engine.ts';
import { measuringRoom } from '../measuring-room.ts';

export interface TimedPicture extends RgbImage {
  readonly atMs: number;
}

export interface Look {
  readonly atMs: number;
  /** Of the networks alone, 0 … 1. */
  readonly live: number;
  readonly framed: boolean;
  readonly mesh?: readonly Point[];
}

export async function openLooks(): Promise<{ engine: FaceEngine; close: () => Promise<void> }> {
  const room = await measuringRoom(await loadPack('recommended'));
  return { engine: room.engine, close: () => room.stop() };
}

/** Of the largest face, in every picture that shows one. */
export async function looksOf(
  engine: FaceEngine,
  pictures: AsyncIterable<TimedPicture> | Iterable<TimedPicture>,
  options: { readonly mesh?: boolean } = {},
): Promise<Look[]> {
  const looks: Look[] = [];
  for await (const picture of pictures) {
    const [face] = (await engine.detect(picture, 'request')).sort((a, b) => b.box.width - a.box.width);
    const look = face && (await networksOf(engine, picture, face.box));
    if (face === undefined || look === undefined) continue;
    const mesh = options.mesh ? await engine.mesh(picture, face, 'request') : undefined;
    looks.push({ atMs: picture.atMs, ...look, ...(mesh && { mesh }) });
  }
  return looks;
}

/** A look without what the frame costs: a framed face that the networks gave less than 0.4 counts 0.4 here. */
export async function networksOf(
  engine: FaceEngine,
  picture: RgbImage,
  box: Box,
): Promise<{ readonly live: number; readonly framed: boolean } | undefined> {
  const look = await engine.liveness(picture, box, 'request');
  return look && { live: look.framed ? look.live + 0.4 : look.live, framed: look.framed };
}

export async function pictureOf(path: string): Promise<RgbImage | undefined> {
  const decoded = await new SharpImageDecoder().decode(await readFile(path));
  return decoded.ok ? decoded.image : undefined;
}

/** Every `every`th frame between two times of a recording. */
export async function* framesOfClip(
  path: string,
  { fromS = 0, toS = Number.POSITIVE_INFINITY, every = 1 } = {},
): AsyncGenerator<TimedPicture> {
  const video = new FfmpegVideoDecoder(new FfmpegProgram({ clock: new SystemClock() }));
  const input = { kind: 'file', path, loop: false, realtime: false } as const;
  const feed = video.open(input, { maxWidthPx: 1_920, maxHeightPx: 1_920 });
  try {
    let n = 0;
    for (let frame = await feed.next(); frame !== null; frame = await feed.next()) {
      const atS = frame.atS ?? 0;
      if (atS >= fromS && atS < toS && n++ % every === 0) yield { ...frame, atMs: atS * 1_000 };
    }
  } finally {
    await feed.close();
  }
}

/** Lower median, as at the door. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}
