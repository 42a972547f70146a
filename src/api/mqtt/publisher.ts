import type { LimenError } from '../../core/errors.ts';
import type { Broker } from '../../core/ports/broker.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Journal } from '../../core/ports/journal.ts';
import type { Log } from '../../core/ports/log.ts';
import type { Component } from '../../runtime/component.ts';
import type { Health } from '../../runtime/health.ts';
import { CURSOR, EventDrain } from './event-drain.ts';
import { type FaceInView, FacesFeed } from './faces.ts';
import { RetainedTopics } from './retained-topics.ts';
import { type DoorReport, DoorState, ONLINE } from './state.ts';
import type { Topics } from './topics.ts';

export interface MqttPublisherOptions {
  readonly doors: readonly string[];
  /** `mqtt.facesHz`; 0 publishes no `faces`. */
  readonly facesHz: number;
  /** Events published and not yet acknowledged. */
  readonly window?: number;
  /** Delays after a refusal by a broker that is there. */
  readonly backoff?: { readonly firstMs: number; readonly maxMs: number };
  /** How long `stop` waits for the last events to leave. */
  readonly stopGraceMs?: number;
}

/**
 * What the daemon tells the building: events from the journal, and availability, door state and faces in view as
 * they are now. It only speaks. Nothing here subscribes, so no message, retained or replayed, can make it act;
 * `request/<verb>` belongs in a subscriber of its own beside this file, with its own checks.
 */
export class MqttPublisher implements Component {
  readonly name = 'mqtt';
  readonly #options: MqttPublisherOptions;
  readonly #broker: Broker;
  readonly #journal: Journal;
  readonly #topics: Topics;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #health: Pick<Health, 'report'>;
  readonly #drain: EventDrain;
  readonly #retained: RetainedTopics;
  readonly #doors = new Map<string, DoorState>();
  readonly #faces = new Map<string, FacesFeed>();
  readonly #troubles: { events?: LimenError | undefined; retained?: LimenError | undefined } = {};
  #off: (() => void) | undefined;

  constructor(
    options: MqttPublisherOptions,
    parts: {
      broker: Broker;
      journal: Journal;
      topics: Topics;
      clock: Clock;
      log: Log;
      health: Pick<Health, 'report'>;
    },
  ) {
    this.#options = options;
    this.#broker = parts.broker;
    this.#journal = parts.journal;
    this.#topics = parts.topics;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#health = parts.health;
    const { broker, journal, topics, clock } = parts;
    this.#retained = new RetainedTopics({
      broker,
      clock,
      onTrouble: (error) => this.#heed('retained', error),
    });
    this.#drain = new EventDrain(
      { window: options.window ?? 32, backoff: options.backoff ?? { firstMs: 1_000, maxMs: 30_000 } },
      { broker, journal, topics, clock, onTrouble: (error) => this.#heed('events', error) },
    );
  }

  /** Events in the journal that no broker has acknowledged yet. */
  get backlog(): number {
    return Math.max(0, this.#journal.lastSeq - this.#journal.cursor(CURSOR));
  }

  /** @throws LimenError `config_invalid` when a door id cannot be part of a topic */
  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { facesHz } = this.#options;
    const parts = {
      topics: this.#topics,
      broker: this.#broker,
      retained: this.#retained,
      clock: this.#clock,
    };
    this.#retained.set(this.#topics.availability, ONLINE);
    for (const door of this.#options.doors) {
      this.#doors.set(door, new DoorState(door, parts));
      if (facesHz > 0) this.#faces.set(door, new FacesFeed(door, { ...parts, facesHz }));
    }
    this.#off = this.#broker.onState(() => this.#reportHealth());
    this.#reportHealth();
    this.#retained.start();
    this.#drain.start();
  }

  /** What changed at a door; members left out stay as they were. Doors that are not configured are ignored. */
  doorState(door: string, change: Partial<DoorReport>): void {
    this.#doors.get(door)?.report(change);
  }

  /** The faces that a door's camera sees now, as often as it likes. */
  faces(door: string, tracks: readonly FaceInView[]): void {
    this.#faces.get(door)?.show(tracks);
  }

  /** Before the broker's own stop, so that the last events leave and `offline` comes last. */
  async stop(): Promise<void> {
    for (const part of [...this.#doors.values(), ...this.#faces.values()]) part.stop();
    await this.#drain.stop(this.#options.stopGraceMs ?? 2_000);
    this.#retained.stop();
    this.#off?.();
  }

  #heed(what: 'events' | 'retained', trouble: LimenError | undefined): void {
    if (trouble?.message === this.#troubles[what]?.message) return;
    this.#troubles[what] = trouble;
    if (trouble !== undefined) {
      this.#log.warn({ code: trouble.code, cause: trouble.message }, 'not published; tried again later');
    }
    this.#reportHealth();
  }

  #reportHealth(): void {
    const { state } = this.#broker;
    const trouble = this.#troubles.events ?? this.#troubles.retained;
    if (state.kind === 'disconnected') this.#health.report(this.name, 'degraded', state.reason);
    else if (trouble !== undefined) this.#health.report(this.name, 'degraded', trouble.message);
    else this.#health.report(this.name, 'ok', `connected to ${this.#broker.url}`);
  }
}
