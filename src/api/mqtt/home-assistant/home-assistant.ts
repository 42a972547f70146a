import Type from 'typebox';
import Value from 'typebox/value';
import { toLimenError } from '../../../core/errors.ts';
import type { Broker } from '../../../core/ports/broker.ts';
import type { Clock } from '../../../core/ports/clock.ts';
import type { Log } from '../../../core/ports/log.ts';
import type { DocumentStore } from '../../../core/ports/store.ts';
import { Backoff } from '../../../runtime/backoff.ts';
import type { Component } from '../../../runtime/component.ts';
import { type Announcement, BIRTH_TOPIC } from './discovery.ts';

/** Removed entities that are still named as removed, for a Home Assistant that was away; the oldest are left out. */
const MAX_REMOVED = 64;

const DocumentSchema = Type.Object({
  topics: Type.Array(Type.String()),
  entities: Type.Record(Type.String(), Type.String()),
});

/** What the broker may hold of ours, so that it can be taken back by a daemon that is configured differently. */
export interface AnnouncedDocument {
  /** Discovery topics with a retained message. */
  readonly topics: readonly string[];
  /** Platform of every entity that was announced, by name. */
  readonly entities: Readonly<Record<string, string>>;
}

/** The document as read from disk. @throws TypeError when it is none */
export function parseAnnounced(data: unknown): AnnouncedDocument {
  if (Value.Check(DocumentSchema, data)) return data as AnnouncedDocument;
  throw new TypeError('what was announced does not have the shape of its schema');
}

/**
 * Keeps one retained discovery message at the broker, and none when there is nothing to announce. It is published on
 * every connection and when Home Assistant says that it has started; what an earlier configuration left is removed.
 */
export class HomeAssistant implements Component {
  readonly name = 'home assistant';
  readonly #wanted: Announcement | undefined;
  readonly #parts: {
    broker: Broker;
    document: DocumentStore<AnnouncedDocument>;
    clock: Clock;
    log: Log;
  };
  readonly #backoff = new Backoff({ firstMs: 1_000, maxMs: 60_000 });
  #off: (() => void)[] = [];
  #working: Promise<void> | undefined;
  #again = false;
  #stopped = false;
  #cancelRetry: () => void = () => {};

  /** `announcement` is undefined when `mqtt.discovery` is off. */
  constructor(
    announcement: Announcement | undefined,
    parts: { broker: Broker; document: DocumentStore<AnnouncedDocument>; clock: Clock; log: Log },
  ) {
    this.#wanted = announcement;
    this.#parts = parts;
  }

  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { broker } = this.#parts;
    this.#off = [
      broker.onState(({ kind }) => {
        if (kind === 'connected') this.#announce();
      }),
    ];
    if (this.#wanted !== undefined) {
      this.#off.push(
        broker.subscribe(BIRTH_TOPIC, ({ payload }) => {
          if (Buffer.from(payload).toString() === 'online') this.#announce();
        }),
      );
    }
    this.#announce();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelRetry();
    for (const off of this.#off) off();
    this.#off = [];
    await this.#working;
  }

  /** One at a time; any number of wishes meanwhile make one more. */
  #announce(): void {
    if (this.#stopped || this.#parts.broker.state.kind !== 'connected') return;
    if (this.#working !== undefined) {
      this.#again = true;
      return;
    }
    this.#working = this.#publish()
      .then(
        () => this.#backoff.reset(),
        (cause: unknown) => this.#retryLater(cause),
      )
      .finally(() => {
        this.#working = undefined;
        if (!this.#again) return;
        this.#again = false;
        this.#announce();
      });
  }

  async #publish(): Promise<void> {
    const { broker, document } = this.#parts;
    const wanted = this.#wanted;
    const before = document.value;
    if (wanted !== undefined) {
      // on disk before it is at the broker, so that it can be taken back whatever happens in between
      await document.update((value) => {
        const topics = [...new Set([...value.topics, wanted.topic])];
        const entities = { ...value.entities, ...platforms(wanted) };
        return topics.length === value.topics.length && sameEntries(entities, value.entities)
          ? value
          : { topics, entities: bounded(entities, wanted) };
      });
    }
    for (const topic of before.topics.filter((each) => each !== wanted?.topic)) {
      await broker.publish(topic, '', { qos: 1, retain: true });
      await document.update((value) => {
        const topics = value.topics.filter((each) => each !== topic);
        return { topics, entities: topics.length === 0 ? {} : value.entities };
      });
    }
    if (wanted === undefined) return;
    const removed = Object.fromEntries(
      Object.entries(document.value.entities).filter(([key]) => !Object.hasOwn(wanted.entities, key)),
    );
    await broker.publish(wanted.topic, wanted.message(removed), { qos: 1, retain: true });
  }

  /** A connection that was lost tries again by itself; a broker that refuses is asked again by time. */
  #retryLater(cause: unknown): void {
    const { broker, clock, log } = this.#parts;
    if (this.#stopped || broker.state.kind !== 'connected') return;
    log.warn({ cause: toLimenError(cause).message }, 'Home Assistant was not told; tried again later');
    this.#cancelRetry();
    this.#cancelRetry = clock.after(this.#backoff.nextMs(), () => this.#announce());
  }
}

function platforms({ entities }: Announcement): Record<string, string> {
  return Object.fromEntries(Object.entries(entities).map(([key, { platform }]) => [key, platform]));
}

function bounded(entities: Readonly<Record<string, string>>, wanted: Announcement): Record<string, string> {
  const removed = Object.entries(entities).filter(([key]) => !Object.hasOwn(wanted.entities, key));
  return { ...Object.fromEntries(removed.slice(-MAX_REMOVED)), ...platforms(wanted) };
}

function sameEntries(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  return Object.keys(a).length === Object.keys(b).length && Object.keys(a).every((key) => a[key] === b[key]);
}
