import type { Box } from '../../core/image.ts';
import type { PersonRef } from '../../core/person.ts';
import type { Broker } from '../../core/ports/broker.ts';
import type { Clock } from '../../core/ports/clock.ts';
import { NewestWins } from './newest-wins.ts';
import type { Topics } from './topics.ts';

/** One tracked face in view. */
export interface FaceInView {
  readonly trackId: number;
  /** Pixels of the camera's frame. */
  readonly box: Box;
  readonly distanceM?: number;
  /** Only when recognised above the threshold; never the nearest name. */
  readonly person?: PersonRef;
  /** Cosine similarity of the match, −1 … 1. */
  readonly score?: number;
}

/**
 * One door's `faces`: QoS 0, not retained, the newest view at most `facesHz` times a second, dropped while there is
 * no connection or the last one has not left yet. An empty view is published once.
 */
export class FacesFeed {
  readonly #topic: string;
  readonly #broker: Broker;
  readonly #rate: NewestWins<readonly FaceInView[]>;
  #busy = false;
  #empty = true;

  constructor(door: string, parts: { topics: Topics; broker: Broker; clock: Clock; facesHz: number }) {
    this.#topic = parts.topics.faces(door);
    this.#broker = parts.broker;
    this.#rate = new NewestWins({
      clock: parts.clock,
      intervalMs: 1_000 / parts.facesHz,
      pass: (tracks) => this.#publish(tracks),
    });
  }

  show(tracks: readonly FaceInView[]): void {
    if (tracks.length === 0 && this.#empty) return;
    this.#empty = tracks.length === 0;
    this.#rate.offer(tracks);
  }

  stop(): void {
    this.#rate.stop();
  }

  #publish(tracks: readonly FaceInView[]): void {
    if (this.#busy || this.#broker.state.kind !== 'connected') return;
    this.#busy = true;
    const settled = () => {
      this.#busy = false;
    };
    const payload = JSON.stringify({ tracks: tracks.map(face) });
    this.#broker.publish(this.#topic, payload, { qos: 0, retain: false }).then(settled, settled);
  }
}

function face({ trackId, box, distanceM, person, score }: FaceInView) {
  return {
    track: trackId,
    box: {
      x: Math.round(box.x),
      y: Math.round(box.y),
      width: Math.round(box.width),
      height: Math.round(box.height),
    },
    distanceM: rounded(distanceM, 100),
    person: person && { gallery: person.gallery, id: person.id },
    score: rounded(score, 10_000),
  };
}

function rounded(value: number | undefined, parts: number): number | undefined {
  return value === undefined || !Number.isFinite(value) ? undefined : Math.round(value * parts) / parts;
}
