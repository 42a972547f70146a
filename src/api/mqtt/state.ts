import type { Clock } from '../../core/ports/clock.ts';
import type { DoorCondition } from '../../services/door/door-rules.ts';
import { NewestWins } from './newest-wins.ts';
import type { RetainedTopics } from './retained-topics.ts';
import type { Topics } from './topics.ts';

export const ONLINE = 'online';
export const OFFLINE = 'offline';

/** The message that the broker publishes when the daemon is gone; for the `Broker` driver, before it connects. */
export function lastWill(topics: Topics): { topic: string; payload: string } {
  return { topic: topics.availability, payload: OFFLINE };
}

/** What a door's retained `state` shows. It names nobody: a state is read by everybody and grants nothing. */
export interface DoorReport {
  readonly door: DoorCondition;
  /** `none`: no door connected. */
  readonly relay: 'none' | 'off' | 'on' | 'fault';
  readonly camera: 'starting' | 'ok' | 'lost';
  readonly facesInView: number;
  /** Of the nearest face last seen, metres; `null` before there was one. */
  readonly lastDistanceM: number | null;
  /** Times a month that this door is expected to open for a stranger; `null` before there is an estimate. */
  readonly falseOpensPerMonth: number | null;
}

/** Faces come and go with every frame; what only they change is published at most this often. */
const SCENE_INTERVAL_MS = 1_000;

/** One door's `state`: changes of door, relay and camera at once, of the scene at most once a second. */
export class DoorState {
  readonly #topic: string;
  readonly #retained: RetainedTopics;
  readonly #scene: NewestWins<string>;
  #report: Partial<DoorReport> = {};

  constructor(door: string, parts: { topics: Topics; retained: RetainedTopics; clock: Clock }) {
    this.#topic = parts.topics.state(door);
    this.#retained = parts.retained;
    this.#scene = new NewestWins({
      clock: parts.clock,
      intervalMs: SCENE_INTERVAL_MS,
      pass: (payload) => this.#retained.set(this.#topic, payload),
    });
  }

  /** Takes over the members given; those not reported yet are absent from the message. */
  report(change: Partial<DoorReport>): void {
    const before = this.#report;
    this.#report = { ...before, ...change };
    const { door, relay, camera, facesInView, lastDistanceM, falseOpensPerMonth } = this.#report;
    // a state that does not say how the door is would take the place of one that does
    if (door === undefined) return;
    const payload = {
      door,
      relay,
      camera,
      facesInView,
      lastDistanceM: centimetres(lastDistanceM),
      falseOpensPerMonth: twoDigits(falseOpensPerMonth),
    };
    this.#scene.offer(JSON.stringify(payload));
    if (door !== before.door || relay !== before.relay || camera !== before.camera) this.#scene.flush();
  }

  stop(): void {
    this.#scene.stop();
  }
}

/** Two significant digits: an estimate carries no more. */
function twoDigits(value: number | null | undefined): number | null | undefined {
  return value == null ? value : Number(value.toPrecision(2));
}

function centimetres(distanceM: number | null | undefined): number | null | undefined {
  if (distanceM === undefined) return undefined;
  return distanceM === null || !Number.isFinite(distanceM) ? null : Math.round(distanceM * 100) / 100;
}
