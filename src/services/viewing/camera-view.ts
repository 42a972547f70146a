import { LimenError } from '../../core/errors.ts';
import type { Box, Frame } from '../../core/image.ts';
import { type Clock, delay } from '../../core/ports/clock.ts';
import type { ImageEncoder } from '../../core/ports/media.ts';
import { drawBoxes, type Rgb } from '../../vision/draw-boxes.ts';

export type Verdict = 'granted' | 'denied' | 'undecided';

/** One processed frame, as somebody may look at it. Nobody is named. */
export interface Sight {
  readonly frame: Frame;
  readonly faces: readonly { readonly box: Box; readonly verdict: Verdict }[];
  /** Where the time of the frame went, by stage. */
  readonly stages: ReadonlyMap<string, { readonly wallMs: number; readonly inferenceMs: number }>;
}

export interface CameraState {
  readonly door: string;
  /** Without credentials. */
  readonly camera: string;
  readonly state: 'starting' | 'ok' | 'lost';
  /** Since the start: captured, dropped for newer ones, and processed. */
  readonly captured: number;
  readonly dropped: number;
  readonly processed: number;
  /** Of the newest processed frame; absent while there is none. */
  readonly ageMs?: number;
  readonly widthPx?: number;
  readonly heightPx?: number;
  readonly facesInView?: number;
}

export interface CameraViewParts {
  readonly door: string;
  readonly camera: string;
  /** Horizontal field of view, degrees. */
  readonly hfovDeg?: number;
  /** Relative error of the focal length; absent where the field of view was not measured. */
  readonly focalError?: number | undefined;
  readonly encoder: ImageEncoder;
  readonly clock: Clock;
  /** Frames of all openings of the camera. */
  counts(): { readonly captured: number; readonly dropped: number };
}

const COLOURS: Readonly<Record<Verdict, Rgb>> = {
  granted: [40, 200, 80],
  denied: [230, 60, 50],
  undecided: [240, 200, 40],
};
/** A picture older than this no longer shows what is there, ms. */
const STALE_MS = 10_000;
/** Viewers get at most ten pictures a second. */
const LEAST_INTERVAL_MS = 100;

/**
 * What one camera sees, for those who look. The door hands over its frames and goes on; nothing is drawn or encoded
 * unless somebody looks, and once for all of them. Only the newest frame is kept, and none of a lost camera.
 */
export class CameraView {
  readonly #parts: CameraViewParts;
  readonly #bells = new Set<() => void>();
  readonly stageMs = new Map<string, { wallMs: number; inferenceMs: number }>();
  #newest: Sight | undefined;
  #encoded: { readonly sight: Sight; readonly jpeg: Promise<Uint8Array> } | undefined;
  #state: CameraState['state'] = 'starting';
  #processed = 0;

  constructor(parts: CameraViewParts) {
    this.#parts = parts;
  }

  get door(): string {
    return this.#parts.door;
  }

  get hfovDeg(): number | undefined {
    return this.#parts.hfovDeg;
  }

  get focalError(): number | undefined {
    return this.#parts.focalError;
  }

  show(sight: Sight): void {
    this.#newest = sight;
    this.#state = 'ok';
    this.#processed++;
    for (const [stage, { wallMs, inferenceMs }] of sight.stages) {
      const sum = this.stageMs.get(stage) ?? { wallMs: 0, inferenceMs: 0 };
      this.stageMs.set(stage, { wallMs: sum.wallMs + wallMs, inferenceMs: sum.inferenceMs + inferenceMs });
    }
    for (const ring of this.#bells) ring();
  }

  lost(): void {
    this.#state = 'lost';
    this.#newest = undefined;
    this.#encoded = undefined;
  }

  get state(): CameraState {
    const { door, camera, counts, clock } = this.#parts;
    const newest = this.#newest;
    return {
      ...{ door, camera, state: this.#state, ...counts(), processed: this.#processed },
      ...(newest && {
        ageMs: Math.round(clock.nowMs() - newest.frame.capturedAtMs),
        widthPx: newest.frame.width,
        heightPx: newest.frame.height,
        facesInView: newest.faces.length,
      }),
    };
  }

  /** The newest picture as JPEG, with a box around each face. @throws LimenError `camera_lost` when there is none */
  async snapshot(): Promise<Uint8Array> {
    const newest = this.#newest;
    const { clock, door } = this.#parts;
    if (newest === undefined || clock.nowMs() - newest.frame.capturedAtMs > STALE_MS) {
      throw new LimenError('camera_lost', `the camera of ${door} has given no picture for 10 s`);
    }
    return this.#encode(newest);
  }

  /** Pictures as they come, the newest one each time, until `signal` aborts. A slow viewer gets fewer of them. */
  async *pictures(signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
    let ring: () => void = () => {};
    const bell = () => ring();
    this.#bells.add(bell);
    signal.addEventListener('abort', bell);
    try {
      for (let seen: Sight | undefined; !signal.aborted; ) {
        const newest = this.#newest;
        if (newest === undefined || newest === seen) {
          await new Promise<void>((resolve) => {
            ring = resolve;
          });
          continue;
        }
        seen = newest;
        yield await this.#encode(newest);
        await delay(this.#parts.clock, LEAST_INTERVAL_MS, signal).catch(() => undefined);
      }
    } finally {
      this.#bells.delete(bell);
      signal.removeEventListener('abort', bell);
    }
  }

  /** Once for everybody who looks at the same frame. */
  #encode(sight: Sight): Promise<Uint8Array> {
    if (this.#encoded?.sight !== sight) {
      const boxes = sight.faces.map(({ box, verdict }) => ({ box, colour: COLOURS[verdict] }));
      this.#encoded = { sight, jpeg: this.#parts.encoder.encodeJpeg(drawBoxes(sight.frame, boxes)) };
    }
    return this.#encoded.jpeg;
  }
}
