import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LimenError } from '../core/errors.ts';
import type { RgbImage } from '../core/image.ts';
import { packageRoot } from '../drivers/inference/packs/graph-model-source.ts';
import { SharpImageDecoder } from '../drivers/media/image-decoder.ts';
import { placeImage, plainImage, resizeImage } from '../drivers/media/image-edit.ts';
import { FrameRecogniser } from '../services/recognition/frame-recogniser.ts';
import { StageStats, type StatsSummary } from '../services/watch/stage-stats.ts';
import { focalFromHfov } from '../vision/distance.ts';
import type { RecognitionRoom } from './recognition-room.ts';

/** As a door's camera sees somebody at arm's length. */
const FRAME = { width: 640, height: 480 } as const;
/** The recording's own time between frames, ms: 15 a second. */
const INTERVAL_MS = 1_000 / 15;
/** Memory is touched, code is compiled, clocks rise. */
const WARM_UP_FRAMES = 30;
/** However slow the machine is. */
const MIN_FRAMES = 10;

export interface FrameFigures {
  readonly frames: number;
  readonly framesPerSecond: number;
  readonly medianMs: number;
  readonly p95Ms: number;
  /** Per frame: everything, networks only, and what Limen adds around them. */
  readonly perFrame: StatsSummary['perFrame'];
  /** Faces seen in the last frame; 0 says that only detection was measured. */
  readonly faces: number;
}

/** A man before a grey wall: from the npm package of the default pack, so that it is there on every machine. */
export async function benchPicture(): Promise<RgbImage> {
  const path = join(packageRoot('@vladmandic/human'), 'assets/screenshot-faceid.jpg');
  const decoded = await new SharpImageDecoder().decode(await readFile(path));
  if (!decoded.ok) throw new LimenError('internal_fault', `${path}: ${decoded.detail}`);
  const { image } = decoded;
  const scale = Math.min(FRAME.width / image.width, FRAME.height / image.height);
  const portrait = await resizeImage(image, { width: image.width * scale, height: image.height * scale });
  const at = {
    x: Math.round((FRAME.width - portrait.width) / 2),
    y: Math.round((FRAME.height - portrait.height) / 2),
  };
  return placeImage(plainImage(FRAME.width, FRAME.height, [112, 118, 124]), portrait, at);
}

/** Recognises the same picture over and over, as the frames of a camera, for `seconds`. */
export async function benchFrames(
  recognition: RecognitionRoom,
  picture: RgbImage,
  options: { readonly seconds: number; readonly signal: AbortSignal },
): Promise<FrameFigures> {
  const camera = { focalPx: focalFromHfov(picture.width, 60), focalError: 0.15 };
  const recogniser = new FrameRecogniser(recognition.engine, recognition.gallery, { camera, maxFaces: 8 });
  const stats = new StageStats();
  const walls: number[] = [];
  let faces = 0;
  const look = async (seq: number) => {
    options.signal.throwIfAborted();
    const beganMs = performance.now();
    const result = await recogniser.process({ ...picture, seq, capturedAtMs: seq * INTERVAL_MS });
    faces = result.observations.length;
    return { ms: performance.now() - beganMs, times: result.times };
  };
  for (let seq = 0; seq < WARM_UP_FRAMES; seq++) await look(seq);
  const endMs = performance.now() + options.seconds * 1_000;
  for (let seq = WARM_UP_FRAMES; walls.length < MIN_FRAMES || performance.now() < endMs; seq++) {
    const { ms, times } = await look(seq);
    walls.push(ms);
    stats.add(times);
  }
  walls.sort((a, b) => a - b);
  const at = (part: number) =>
    walls[Math.min(walls.length - 1, Math.floor(walls.length * part))] ?? Number.NaN;
  return {
    frames: walls.length,
    framesPerSecond: walls.length / (walls.reduce((sum, ms) => sum + ms, 0) / 1_000),
    medianMs: at(0.5),
    p95Ms: at(0.95),
    perFrame: stats.summary().perFrame,
    faces,
  };
}
