import type { Clock } from '../../core/ports/clock.ts';
import type { Log } from '../../core/ports/log.ts';
import type { ImageDecoder, VideoDecoder, VideoOptions } from '../../core/ports/media.ts';
import type { UriOptions } from './uri-options.ts';

/** What cameras are given; each takes what it needs. */
export interface CameraDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** For `stills:` and `webcam:`. */
  readonly images: ImageDecoder;
  /** For everything that moves. */
  readonly video: VideoDecoder;
  /** An existing directory for the pictures of `webcam:`, each of which lives for one reading. */
  readonly runtimeDir: string;
  /** Where devices are, `/dev` when absent. */
  readonly deviceRoot?: string;
  /** Program that `webcam:` runs, `fswebcam` when absent. */
  readonly fswebcam?: string;
}

/** Silence after which a live source is given up, and the wait for its first frame, ms. */
export const SILENCE_MS = 3_000;
export const FIRST_FRAME_MS = 10_000;

/** Longer side of a frame when nothing else is asked for: detectors take 640, faces at 2 m still have 60 px. */
export const DEFAULT_MAX_SIDE_PX = 1_280;
const MAX_SIDE_PX = 4_096;

/** `?width=&height=`: what frames are made to fit inside. One given alone leaves the other free. */
export function sizeOptions(options: UriOptions): VideoOptions {
  const width = options.integer('width', 16, MAX_SIDE_PX);
  const height = options.integer('height', 16, MAX_SIDE_PX);
  if (width === undefined && height === undefined) {
    return { maxWidthPx: DEFAULT_MAX_SIDE_PX, maxHeightPx: DEFAULT_MAX_SIDE_PX };
  }
  return { maxWidthPx: width ?? MAX_SIDE_PX, maxHeightPx: height ?? MAX_SIDE_PX };
}

/** `?silenceMs=`, from half a second to ten minutes. The first frame is waited for at least as long. */
export function silenceOption(options: UriOptions, fallbackMs: number): number {
  return options.integer('silenceMs', 500, 600_000) ?? fallbackMs;
}
