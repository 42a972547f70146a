import type { Frame } from '../core/image.ts';
import type { FaceObservation } from '../core/observation.ts';
import type { Journal } from '../core/ports/journal.ts';
import type { StageTimes } from '../runtime/stage-times.ts';
import type { Gatekeeper, TrackDecision } from '../services/access/gatekeeper.ts';
import type { FrameRecogniser } from '../services/recognition/frame-recogniser.ts';
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
  readonly onSeen: (seen: SeenFrame) => void;
  readonly onCamera: (camera: 'ok' | 'lost') => void;
}

/** The one flow of a door: frame → recognised → decided → shown. */
export class DoorFlow implements FrameConsumer {
  readonly #parts: DoorFlowParts;
  #recogniser: FrameRecogniser | undefined;

  constructor(parts: DoorFlowParts) {
    this.#parts = parts;
  }

  async frame(frame: Frame, captureMs: number): Promise<void> {
    const { door, gatekeeper, onSeen, onCamera } = this.#parts;
    if (this.#recogniser === undefined) {
      this.#recogniser = this.#parts.recogniser(frame.width);
      onCamera('ok');
    }
    const { observations, ended, times } = await this.#recogniser.process(frame);
    times.add('capture', captureMs);
    const decisions = await times.measure('decide', () =>
      gatekeeper.observe({ faces: observations, endedTracks: ended }),
    );
    onSeen({ door, frame, observations, decisions, times });
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
