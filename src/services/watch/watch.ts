import { LimenError, toLimenError } from '../../core/errors.ts';
import type { Frame } from '../../core/image.ts';
import type { Camera, CameraStream } from '../../core/ports/camera.ts';
import { type Clock, delay } from '../../core/ports/clock.ts';
import type { Log } from '../../core/ports/log.ts';
import { Backoff } from '../../runtime/backoff.ts';
import type { Component } from '../../runtime/component.ts';
import type { Health } from '../../runtime/health.ts';
import type { FreezeGuard } from './freeze-guard.ts';

/** Everything that happens with the frames of one camera. */
export interface FrameConsumer {
  /** Called with one frame at a time; the next waits until this settles. `captureMs` is how long it was waited for. */
  frame(frame: Frame, captureMs: number): Promise<void>;
  /** The camera delivers what it does not see; it is opened anew. Called each time, before `lost`. */
  frozen(reason: string): void;
  /** The camera is gone; called once, before the first attempt to reopen it. */
  lost(reason: string): void;
  /** Frames arrive again. */
  recovered(): void;
}

export interface WatchParts {
  readonly door: string;
  readonly camera: Camera;
  readonly consumer: FrameConsumer;
  readonly clock: Clock;
  readonly log: Log;
  readonly health: Health;
  readonly backoff?: Backoff;
  /** For cameras with a sensor; recordings and pictures may repeat themselves. */
  readonly freezeGuard?: FreezeGuard | undefined;
  /** Called after every frame and, while the camera is lost, every few seconds: evidence for a watchdog. */
  readonly onProgress?: () => void;
  /** `end`: a source that cannot be opened or is lost ends the watch with its error (one look at a file). */
  readonly whenLost?: 'reopen' | 'end';
}

/** A fault that repeats with every frame is logged this often, ms. */
const FAILURE_LOG_MS = 10_000;
/** While the camera is lost the watch shows at least this often that it is alive, ms. */
const PROGRESS_MS = 5_000;

/**
 * Reads one door's camera for ever: opens it, hands over its frames, and when it dies or falls silent reopens it
 * with backoff (1 s doubling to at most 30 s), without limit. A source that ends by itself ends the watch.
 */
export class Watch implements Component {
  readonly name: string;
  readonly #parts: WatchParts;
  readonly #backoff: Backoff;
  readonly #abort = new AbortController();
  readonly #known = deferred();
  #running: Promise<void> | undefined;
  #lost = false;
  #stream: CameraStream | undefined;
  readonly #counts = { captured: 0, dropped: 0 };
  #failedAtMs: number | undefined;

  constructor(parts: WatchParts) {
    this.name = `watch ${parts.door}`;
    this.#parts = parts;
    this.#backoff = parts.backoff ?? new Backoff({ firstMs: 1_000, maxMs: 30_000 });
  }

  /** Begins watching; does not wait for the camera. */
  async start(): Promise<void> {
    this.#parts.health.report(this.#component, 'degraded', `opening ${this.#parts.camera.uri}`);
    this.#running = this.#run(this.#abort.signal);
    this.#running.catch(() => undefined); // told by finished()
  }

  /** Settles once the camera has given a frame, was reported lost, or the watch is over. */
  settled(): Promise<void> {
    return Promise.race([this.#known.promise, this.finished().catch(() => undefined)]);
  }

  /** Settles when the source has ended by itself or the watch was stopped. @throws LimenError with `whenLost: 'end'` */
  async finished(): Promise<void> {
    await this.#running;
  }

  /** Frames captured, and those dropped for newer ones, over all openings of the camera. */
  get counts(): { readonly captured: number; readonly dropped: number } {
    const now = this.#stream?.counts ?? { captured: 0, dropped: 0 };
    return {
      captured: this.#counts.captured + now.captured,
      dropped: this.#counts.dropped + now.dropped,
    };
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#running?.catch(() => undefined);
  }

  get #component(): string {
    return `camera ${this.#parts.door}`;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        if (await this.#session(signal)) {
          if (!signal.aborted) this.#ended();
          return;
        }
      } catch (cause) {
        if (signal.aborted) return;
        if (this.#parts.whenLost === 'end') throw toLimenError(cause, 'camera_lost');
        await this.#pause(toLimenError(cause, 'camera_lost').message, signal);
      }
    }
  }

  /** A door whose recording is over sees nobody any more: that must not look like a camera that works. */
  #ended(): void {
    const { camera, door, health, log } = this.#parts;
    health.report(this.#component, 'degraded', `${camera.uri} has ended; nobody is recognised here any more`);
    log.info({ door, camera: camera.uri }, 'the source has ended');
  }

  /** One opening of the camera; true when the source has ended. */
  async #session(signal: AbortSignal): Promise<boolean> {
    const stream = await this.#parts.camera.open(signal);
    this.#stream = stream;
    this.#parts.freezeGuard?.reopened();
    try {
      for (;;) {
        const frame = await this.#next(stream, signal);
        if (frame === null) return true;
        if (signal.aborted) return true;
      }
    } finally {
      this.#counts.captured += stream.counts.captured;
      this.#counts.dropped += stream.counts.dropped;
      this.#stream = undefined;
      await stream.close();
    }
  }

  async #next(stream: CameraStream, signal: AbortSignal): Promise<Frame | null> {
    const { consumer, log, health } = this.#parts;
    const waitedFromMs = performance.now();
    const frame = await stream.next(signal);
    if (frame === null) return null;
    if (!this.#isFresh(frame)) return frame;
    this.#backoff.reset();
    this.#known.resolve();
    health.report(this.#component, 'ok', `${frame.width}×${frame.height} from ${this.#parts.camera.uri}`);
    if (this.#lost) {
      this.#lost = false;
      log.info({ door: this.#parts.door, camera: this.#parts.camera.uri }, 'camera is back');
      consumer.recovered();
    }
    try {
      await consumer.frame(frame, performance.now() - waitedFromMs);
      this.#parts.onProgress?.();
      this.#failedAtMs = undefined;
    } catch (cause) {
      this.#frameFailed(toLimenError(cause).message);
    }
    return frame;
  }

  /** @throws LimenError `camera_lost` when the camera is frozen, so that it is opened anew */
  #isFresh(frame: Frame): boolean {
    const { freezeGuard, consumer, onProgress } = this.#parts;
    const verdict = freezeGuard?.judge(frame);
    if (verdict === undefined || verdict.kind === 'fresh') return true;
    onProgress?.();
    if (verdict.kind === 'repeat') return false;
    consumer.frozen(verdict.reason);
    throw new LimenError('camera_lost', verdict.reason);
  }

  /** One bad frame must not end the watch; whatever failed has decided nothing, so the door stayed shut. */
  #frameFailed(cause: string): void {
    const { clock, log, door } = this.#parts;
    const nowMs = clock.nowMs();
    if (this.#failedAtMs !== undefined && nowMs - this.#failedAtMs < FAILURE_LOG_MS) return;
    this.#failedAtMs = nowMs;
    log.error({ door, cause }, 'frame could not be processed');
  }

  async #pause(reason: string, signal: AbortSignal): Promise<void> {
    const { clock, consumer, log, health, camera, door } = this.#parts;
    const waitMs = this.#backoff.nextMs();
    health.report(this.#component, 'degraded', `${reason}; trying again`);
    const fields = { door, camera: camera.uri, reason, retryInMs: Math.round(waitMs) };
    if (this.#lost) log.debug(fields, 'camera still lost');
    else {
      log.warn(fields, 'camera lost; the door stays shut for faces until it is back');
      this.#lost = true;
      try {
        consumer.lost(reason);
      } catch (cause) {
        // whoever is told may fail; the camera is reopened all the same
        log.error({ door, cause: toLimenError(cause).message }, 'the loss of the camera could not be told');
      }
      this.#known.resolve();
    }
    const untilMs = clock.nowMs() + waitMs;
    while (!signal.aborted && clock.nowMs() < untilMs) {
      this.#parts.onProgress?.();
      await delay(clock, Math.min(PROGRESS_MS, untilMs - clock.nowMs()), signal).catch(() => undefined);
    }
  }
}

function deferred(): { readonly promise: Promise<void>; resolve(): void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
