import type { RgbImage } from '../../core/image.ts';
import type { FaceObservation } from '../../core/observation.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { ImageEncoder } from '../../core/ports/media.ts';
import type { Newest } from '../../runtime/newest.ts';
import type { Enrolment, EnrolRequest } from './enrolment.ts';
import type { EnrolOutcome } from './outcome.ts';

/** One processed frame of a door's camera. */
export interface LiveFrame {
  readonly image: RgbImage;
  readonly faces: readonly FaceObservation[];
}

export interface LiveEnrolmentParts {
  readonly enrolment: Enrolment;
  /** By door. */
  readonly frames: ReadonlyMap<string, Newest<LiveFrame>>;
  readonly encoder: ImageEncoder;
  readonly clock: Clock;
  /** Absent: the pack cannot judge, and the face is marked `not_assessed`. */
  readonly liveness?: { readonly minLiveness: number; readonly minLooks: number };
}

export type LiveOutcome =
  | EnrolOutcome
  /** What stands before the camera looks like a picture of a face. */
  | { readonly kind: 'spoof' }
  | { readonly kind: 'unknown_camera'; readonly doors: readonly string[] };

type LiveRequest = Omit<EnrolRequest, 'image' | 'liveness' | 'face'> & { readonly camera: string };

/** Frames that must show one person, alone, in one track. */
const MIN_FRAMES = 8;
const NOT_JUDGED =
  'whether the face is live could not be judged; come to the middle of the picture, with more light';
/** Whoever stands there is not kept longer, ms. */
const PATIENCE_MS = 15_000;

/**
 * Enrolment of whoever stands before a door's camera: looked at over several frames, judged for liveness over all of
 * them, and enrolled from the best. A face that is not live is refused.
 */
export class LiveEnrolment {
  readonly #parts: LiveEnrolmentParts;

  constructor(parts: LiveEnrolmentParts) {
    this.#parts = parts;
  }

  /** @throws as `Enrolment.enrol`; the signal's reason when it aborts */
  async enrol({ camera, ...request }: LiveRequest): Promise<LiveOutcome> {
    const frames = this.#parts.frames.get(camera);
    if (frames === undefined) return { kind: 'unknown_camera', doors: [...this.#parts.frames.keys()] };
    const seen = await this.#look(frames, request.signal);
    if (seen.kind !== 'seen') return seen;
    const image = await this.#parts.encoder.encodeJpeg(seen.image);
    const live = this.#parts.liveness !== undefined;
    return this.#parts.enrolment.enrol({ ...request, image, ...(live && { liveness: 'live' as const }) });
  }

  async #look(
    frames: Newest<LiveFrame>,
    signal?: AbortSignal,
  ): Promise<
    | { readonly kind: 'seen'; readonly image: RgbImage }
    | { readonly kind: 'spoof' }
    | { readonly kind: 'no_face' }
    | { readonly kind: 'low_quality'; readonly advice: readonly string[] }
    | { readonly kind: 'several_faces'; readonly count: number }
  > {
    const { clock, liveness } = this.#parts;
    const late = new AbortController();
    const cancel = clock.after(PATIENCE_MS, () => late.abort());
    const ended = signal === undefined ? late.signal : AbortSignal.any([late.signal, signal]);
    let [trackId, count, crowd] = [Number.NaN, 0, 0];
    let best: { readonly image: RgbImage; readonly quality: number } | undefined;
    let lives: number[] = [];
    try {
      for (;;) {
        const { image, faces } = await frames.next(ended);
        const [face] = faces;
        crowd = faces.length > 1 ? faces.length : 0;
        if (face === undefined || crowd > 0) continue;
        // somebody else, or a picture that was raised: everything begins anew
        if (face.trackId !== trackId) [trackId, count, lives, best] = [face.trackId, 0, [], undefined];
        count++;
        if (face.liveness !== undefined) lives.push(face.liveness);
        if (face.quality.overall > (best?.quality ?? -1)) best = { image, quality: face.quality.overall };
        if (best === undefined || count < MIN_FRAMES) continue;
        if (liveness === undefined) return { kind: 'seen', image: best.image };
        if (lives.length < liveness.minLooks) continue;
        return median(lives) >= liveness.minLiveness
          ? { kind: 'seen', image: best.image }
          : { kind: 'spoof' };
      }
    } catch (cause) {
      if (!late.signal.aborted) throw cause;
      if (count >= MIN_FRAMES) return { kind: 'low_quality', advice: [NOT_JUDGED] };
      return crowd > 0 ? { kind: 'several_faces', count: crowd } : { kind: 'no_face' };
    } finally {
      cancel();
    }
  }
}

/** Lower median: an even split is not live. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}
