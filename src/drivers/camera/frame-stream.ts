import { LimenError, toLimenError } from '../../core/errors.ts';
import type { Frame } from '../../core/image.ts';
import type { Camera, CameraStream } from '../../core/ports/camera.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { FrameFeed, VideoFrame } from '../../core/ports/media.ts';

/**
 * How long before the end of the allowed silence the pipe is looked at once more: after the event loop itself was
 * blocked, timers fire before frames that arrived meanwhile are read.
 */
const SECOND_LOOK_MS = 200;

export interface FrameStreamOptions {
  readonly uri: string;
  readonly pacing: Camera['pacing'];
  readonly clock: Clock;
  /** Silence after which a source that has delivered is given up, ms. */
  readonly silenceMs: number;
  /** The same for the first frame, ms; never less than `silenceMs`, so that a slow box has one figure to raise. */
  readonly firstFrameMs: number;
}

/**
 * Reads a feed into the one waiting place that the camera port allows. Live: the newest frame replaces a waiting
 * one, and is stamped with the clock at the moment its last byte has arrived; exposure, transport and decoding
 * before that cannot be measured here and are not subtracted. Lossless: the feed is only read while the place is
 * free, and a frame's time is the source's own, `atS` × 1000.
 */
export class FrameStream implements CameraStream {
  readonly #feed: FrameFeed;
  readonly #options: FrameStreamOptions;
  readonly #counts = { captured: 0, dropped: 0 };
  #waiting: Frame | undefined;
  #failure: LimenError | undefined;
  #ended = false;
  #reading: Promise<void> | undefined;
  #closed: Promise<void> | undefined;
  #cancelSilence = () => {};
  /** Wakes the reader in `next` or `begin` after any change. */
  #wakeReader: (() => void) | undefined;
  /** Wakes the reading loop once the place is free (lossless). */
  #wakeLoop: (() => void) | undefined;
  #lastAtS = 0;

  constructor(feed: FrameFeed, options: FrameStreamOptions) {
    this.#feed = feed;
    this.#options = options;
  }

  get counts(): { readonly captured: number; readonly dropped: number } {
    return this.#counts;
  }

  /** Starts reading; resolves when the first frame waits. Leaves nothing running when it rejects. */
  async begin(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#watchSilence(Math.max(this.#options.firstFrameMs, this.#options.silenceMs));
    this.#reading = this.#read();
    try {
      await this.#change(signal);
    } catch (cause) {
      await this.close();
      throw cause;
    }
    if (this.#failure !== undefined) {
      await this.close();
      throw this.#failure;
    }
  }

  async next(signal: AbortSignal): Promise<Frame | null> {
    signal.throwIfAborted();
    if (this.#waiting === undefined && !this.#ended) await this.#change(signal);
    const frame = this.#waiting;
    if (frame !== undefined) {
      this.#waiting = undefined;
      this.#wakeLoop?.();
      return frame;
    }
    if (this.#failure === undefined) return null;
    await this.close();
    throw this.#failure;
  }

  close(): Promise<void> {
    this.#closed ??= this.#closeOnce();
    return this.#closed;
  }

  async #closeOnce(): Promise<void> {
    this.#cancelSilence();
    if (this.#waiting !== undefined) this.#counts.dropped++;
    this.#waiting = undefined;
    this.#end();
    await this.#feed.close();
    await this.#reading;
  }

  /** Ends when the feed does; every failure is kept for the reader. */
  async #read(): Promise<void> {
    try {
      while (!this.#ended) {
        const picture = await this.#feed.next();
        this.#cancelSilence();
        if (picture === null || this.#ended) break;
        this.#offer(picture);
        if (this.#options.pacing === 'lossless') await this.#placeFree();
        this.#watchSilence(this.#options.silenceMs);
      }
    } catch (cause) {
      this.#fail(toLimenError(cause, 'camera_lost'));
    }
    this.#cancelSilence();
    if (!this.#ended && this.#counts.captured === 0) {
      this.#fail(new LimenError('camera_unavailable', 'the source ended without a picture'));
    }
    this.#end();
  }

  #offer(picture: VideoFrame): void {
    if (this.#waiting !== undefined) this.#counts.dropped++;
    const { clock, pacing } = this.#options;
    this.#lastAtS = picture.atS ?? this.#lastAtS;
    const capturedAtMs = pacing === 'live' ? clock.nowMs() : this.#lastAtS * 1000;
    this.#waiting = { ...picture, seq: this.#counts.captured++, capturedAtMs };
    this.#wakeReader?.();
  }

  async #placeFree(): Promise<void> {
    while (this.#waiting !== undefined && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wakeLoop = resolve;
      });
    }
  }

  #watchSilence(silenceMs: number): void {
    const { clock } = this.#options;
    this.#cancelSilence();
    if (this.#ended) return;
    const firstMs = Math.max(0, silenceMs - SECOND_LOOK_MS);
    this.#cancelSilence = clock.after(firstMs, () => {
      this.#cancelSilence = clock.after(silenceMs - firstMs, () => this.#giveUp(silenceMs));
    });
  }

  #giveUp(silenceMs: number): void {
    this.#fail(new LimenError('camera_unavailable', `no picture for ${silenceMs / 1000} s`));
    this.#end();
    // The waiting `next` closes everything; the child must go even when nobody waits.
    void this.#feed.close();
  }

  #fail(cause: LimenError): void {
    if (this.#ended) return;
    // Whatever a feed calls it: a source that has delivered and stops was lost.
    const code = this.#counts.captured > 0 ? 'camera_lost' : cause.code;
    this.#failure ??= new LimenError(code, `${this.#options.uri}: ${cause.message}`, { cause });
  }

  #end(): void {
    this.#ended = true;
    this.#wakeReader?.();
    this.#wakeLoop?.();
  }

  /** Resolves when a frame waits or the source has ended; rejects when `signal` aborts first. */
  #change(signal: AbortSignal): Promise<void> {
    if (this.#wakeReader !== undefined) {
      return Promise.reject(
        new LimenError('internal_fault', `${this.#options.uri}: two readers on one stream`),
      );
    }
    return new Promise((resolve, reject) => {
      const settle = () => {
        this.#wakeReader = undefined;
        signal.removeEventListener('abort', onAbort);
      };
      const onAbort = () => {
        settle();
        reject(signal.reason);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#wakeReader = () => {
        settle();
        resolve();
      };
    });
  }
}
