import type { Frame } from '../../core/image.ts';
import type { Clock } from '../../core/ports/clock.ts';
import { ShownPictures } from './shown-pictures.ts';

export type FrameVerdict =
  /** Something new. */
  | { readonly kind: 'fresh' }
  /** A picture that was shown before: it tells nothing that was not known, and is no evidence. */
  | { readonly kind: 'repeat' }
  /** The camera delivers, and what it delivers is not what is in front of it. */
  | { readonly kind: 'frozen'; readonly reason: string };

/** A capture time this far after now is no rounding, ms. */
const FUTURE_MS = 100;
/** So many different pictures that were all shown before, within this time, are a recording that is played again. */
const REPLAYED_PICTURES = 8;
const REPLAY_WINDOW_MS = 10_000;
/**
 * Mean difference to the picture before, in levels, from which something moves. Below, a scene without noise or motion
 * comes again with every group of pictures of its coder: a still picture through H.264 gave at most 0.009, somebody who
 * stands still before a webcam 0.05 in nine pictures of ten.
 */
const MOVES_FROM = 0.02;

/**
 * Tells a camera that delivers from one that only seems to: the same picture byte for byte (a sensor's noise never
 * repeats), pictures of minutes ago once more (a loop in the camera's place, or a driver that hands out its old
 * buffers), a frame counter that stands still, capture times that run back, ahead or ever further behind. Holds the
 * last frame and hashes of the pictures before it.
 */
export class FreezeGuard {
  readonly #frozenMs: number;
  readonly #clock: Clock;
  #last: Frame | undefined;
  #freshMs = 0;
  #reopenedMs = 0;
  #reopened = true;
  readonly #shown = new ShownPictures();
  /** Different pictures that came again lately, each with the time of its coming again. */
  #replayed = new Map<string, number>();

  /** `frozenMs`: nothing new for this long is a frozen camera, and so is a frame that is older. */
  constructor(options: { readonly frozenMs: number; readonly clock: Clock }) {
    this.#frozenMs = options.frozenMs;
    this.#clock = options.clock;
  }

  /** The camera was opened: its counter begins anew. What was shown before stays shown. */
  reopened(): void {
    this.#reopened = true;
    this.#freshMs = this.#clock.nowMs();
    this.#reopenedMs = this.#freshMs;
  }

  judge(frame: Frame): FrameVerdict {
    const nowMs = this.#clock.nowMs();
    const before = this.#reopened ? undefined : this.#last;
    const wrong = this.#wrongTimes(frame, before, nowMs);
    const last = this.#last;
    const same = last !== undefined && samePicture(last, frame);
    this.#reopened = false;
    this.#last = frame;
    if (wrong !== undefined) return { kind: 'frozen', reason: wrong };
    const { hash, before: shownMs } = this.#shown.show(frame, nowMs);
    const moves = last !== undefined && !same && difference(last, frame) >= MOVES_FROM;
    if (!same && (shownMs === undefined || !moves)) {
      this.#freshMs = nowMs;
      return { kind: shownMs === undefined ? 'fresh' : 'repeat' };
    }
    const staleMs = Math.round(nowMs - this.#freshMs);
    if (staleMs >= this.#frozenMs) {
      const what = same ? 'the same picture' : 'only pictures that were shown before,';
      return { kind: 'frozen', reason: `frozen: ${what} for ${staleMs} ms` };
    }
    if (same || shownMs === undefined || !this.#isReplay(hash, nowMs)) return { kind: 'repeat' };
    const agoS = ((nowMs - shownMs) / 1000).toFixed(1);
    return {
      kind: 'frozen',
      reason: `frozen: the pictures of ${agoS} s ago come again, as from a recording that is played in a loop`,
    };
  }

  /**
   * One picture may come again: drivers now and then hand out an old buffer. Servers of streams begin with pictures
   * that they have kept, so what comes right after opening is no evidence, and no alarm either.
   */
  #isReplay(hash: string, nowMs: number): boolean {
    for (const [older, againMs] of this.#replayed) {
      if (nowMs - againMs > REPLAY_WINDOW_MS) this.#replayed.delete(older);
    }
    if (nowMs - this.#reopenedMs < this.#frozenMs) return false;
    this.#replayed.set(hash, nowMs);
    if (this.#replayed.size < REPLAYED_PICTURES) return false;
    this.#replayed.clear();
    return true;
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

/** Mean over every 97th value: all rows, columns and colours have their share. */
function difference(a: Frame, b: Frame): number {
  if (a.data.length !== b.data.length) return Number.POSITIVE_INFINITY;
  let [sum, n] = [0, 0];
  for (let i = 0; i < a.data.length; i += 97, n++) {
    sum += Math.abs((a.data[i] as number) - (b.data[i] as number));
  }
  return sum / n;
}
