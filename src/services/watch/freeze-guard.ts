import type { Frame } from '../../core/image.ts';
import type { Clock } from '../../core/ports/clock.ts';

export type FrameVerdict =
  /** Something new. */
  | { readonly kind: 'fresh' }
  /** The picture before, once more: it tells nothing that was not known, and is no evidence. */
  | { readonly kind: 'repeat' }
  /** The camera delivers, and what it delivers is not what is in front of it. */
  | { readonly kind: 'frozen'; readonly reason: string };

/** A capture time this far after now is no rounding, ms. */
const FUTURE_MS = 100;

/**
 * Tells a camera that delivers from one that only seems to: the same picture byte for byte (a sensor's noise never
 * repeats), a frame counter that stands still, capture times that run back, ahead or ever further behind. Holds the
 * last frame.
 */
export class FreezeGuard {
  readonly #frozenMs: number;
  readonly #clock: Clock;
  #last: Frame | undefined;
  #freshMs = 0;
  #reopened = true;

  /** `frozenMs`: the same picture for this long is a frozen camera, and so is a frame that is older. */
  constructor(options: { readonly frozenMs: number; readonly clock: Clock }) {
    this.#frozenMs = options.frozenMs;
    this.#clock = options.clock;
  }

  /** The camera was opened: its counter begins anew. The last picture stays the last picture. */
  reopened(): void {
    this.#reopened = true;
    this.#freshMs = this.#clock.nowMs();
  }

  judge(frame: Frame): FrameVerdict {
    const nowMs = this.#clock.nowMs();
    const before = this.#reopened ? undefined : this.#last;
    const wrong = this.#wrongTimes(frame, before, nowMs);
    const same = this.#last !== undefined && samePicture(this.#last, frame);
    this.#reopened = false;
    this.#last = frame;
    if (wrong !== undefined) return { kind: 'frozen', reason: wrong };
    if (!same) {
      this.#freshMs = nowMs;
      return { kind: 'fresh' };
    }
    const sameMs = Math.round(nowMs - this.#freshMs);
    if (sameMs < this.#frozenMs) return { kind: 'repeat' };
    return { kind: 'frozen', reason: `frozen: the same picture for ${sameMs} ms` };
  }

  #wrongTimes(frame: Frame, before: Frame | undefined, nowMs: number): string | undefined {
    const { seq, capturedAtMs } = frame;
    if (before !== undefined && !(seq > before.seq))
      return `frozen: the frame counter went from ${before.seq} to ${seq}`;
    if (before !== undefined && !(capturedAtMs >= before.capturedAtMs))
      return 'frozen: capture times run back';
    const ageMs = nowMs - capturedAtMs;
    if (!(ageMs >= -FUTURE_MS)) return `frozen: a frame was captured ${Math.round(-ageMs)} ms from now`;
    if (!(ageMs <= this.#frozenMs)) return `frozen: frames come ${Math.round(ageMs)} ms late`;
    return undefined;
  }
}

function samePicture(a: Frame, b: Frame): boolean {
  return a.width === b.width && a.height === b.height && Buffer.compare(a.data, b.data) === 0;
}
