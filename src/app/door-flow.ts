import { toLimenError } from '../core/errors.ts';
import type { Frame } from '../core/image.ts';
import type { FaceObservation } from '../core/observation.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Journal } from '../core/ports/journal.ts';
import type { Health } from '../runtime/health.ts';
import type { StageTimes } from '../runtime/stage-times.ts';
import type { Gatekeeper, TrackDecision } from '../services/access/gatekeeper.ts';
import type { FrameRecogniser, FrameResult } from '../services/recognition/frame-recogniser.ts';
import type { FrameConsumer } from '../services/watch/watch.ts';

/** What one frame came to, for whoever shows it: `faces` topic, state, console, statistics. */
export interface SeenFrame {
  readonly door: string;
  readonly frame: Frame;
  readonly observations: readonly FaceObservation[];
  readonly decisions: readonly TrackDecision[];
  readonly times: StageTimes;
}

export interface DoorFlowParts {
  readonly door: string;
  /** Makes a fresh one for each opening of the camera: track numbers begin anew. */
  readonly recogniser: (frameWidthPx: number) => FrameRecogniser;
  readonly gatekeeper: Gatekeeper;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly health: Health;
  readonly denialRepeatMs: number;
  readonly onSeen: (seen: SeenFrame) => void;
  readonly onCamera: (camera: 'ok' | 'lost') => void;
}

/** The one flow of a door: frame → recognised → decided → shown. */
export class DoorFlow implements FrameConsumer {
  readonly #parts: DoorFlowParts;
  #recogniser: FrameRecogniser | undefined;
  #blindSinceMs: number | undefined;
  #frozenSinceMs: number | undefined;

  constructor(parts: DoorFlowParts) {
    this.#parts = parts;
  }

  async frame(frame: Frame, captureMs: number): Promise<void> {
    const { door, gatekeeper, onSeen } = this.#parts;
    const { observations, ended, times } = await this.#recognise(frame);
    times.add('capture', captureMs);
    const decisions = await times.measure('decide', () =>
      gatekeeper.observe({ faces: observations, endedTracks: ended }),
    );
    onSeen({ door, frame, observations, decisions, times });
  }

  /** A door that cannot see says why it stays shut, at most every `denialRepeatMs`. */
  async #recognise(frame: Frame): Promise<FrameResult> {
    const { door, journal, clock, health, denialRepeatMs } = this.#parts;
    try {
      const result = await this.#opened(frame).process(frame);
      if (this.#blindSinceMs !== undefined) health.report('recognition', 'ok');
      this.#blindSinceMs = undefined;
      return result;
    } catch (cause) {
      const { message } = toLimenError(cause);
      health.report('recognition', 'failed', message);
      const nowMs = clock.nowMs();
      if (this.#blindSinceMs === undefined || nowMs - this.#blindSinceMs >= denialRepeatMs) {
        this.#blindSinceMs = nowMs;
        journal.append({ type: 'access.denied', door, reason: 'model_unavailable' });
      }
      throw cause;
    }
  }

  #opened(frame: Frame): FrameRecogniser {
    if (this.#recogniser === undefined) {
      this.#recogniser = this.#parts.recogniser(frame.width);
      this.#parts.onCamera('ok');
    }
    return this.#recogniser;
  }

  /** Said at most every `denialRepeatMs`, whoever may stand there: nobody is seen. */
  frozen(_reason: string): void {
    const { door, journal, clock, denialRepeatMs } = this.#parts;
    const nowMs = clock.nowMs();
    if (this.#frozenSinceMs !== undefined && nowMs - this.#frozenSinceMs < denialRepeatMs) return;
    this.#frozenSinceMs = nowMs;
    journal.append({ type: 'access.denied', door, reason: 'camera_frozen' });
  }

  lost(reason: string): void {
    const { door, gatekeeper, journal, onCamera } = this.#parts;
    this.#recogniser = undefined;
    gatekeeper.reset();
    journal.append({ type: 'camera.lost', door, reason });
    onCamera('lost');
  }

  recovered(): void {
    this.#parts.journal.append({ type: 'camera.recovered', door: this.#parts.door });
  }
}
