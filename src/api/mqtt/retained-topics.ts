import { type LimenError, toLimenError } from '../../core/errors.ts';
import type { Broker } from '../../core/ports/broker.ts';
import type { Clock } from '../../core/ports/clock.ts';
import { Backoff } from '../../runtime/backoff.ts';

interface Entry {
  wanted: string;
  /** What the broker of this connection has acknowledged. */
  published: string | undefined;
  busy: boolean;
}

/**
 * Retained topics with the value that each should have. The newest value wins, one publish of a topic is under way
 * at a time, and all of them are published anew on every connection: the broker may have forgotten them.
 */
export class RetainedTopics {
  readonly #broker: Broker;
  readonly #clock: Clock;
  readonly #onTrouble: (error: LimenError | undefined) => void;
  readonly #backoff = new Backoff({ firstMs: 1_000, maxMs: 30_000 });
  readonly #entries = new Map<string, Entry>();
  #cancelRetry: (() => void) | undefined;
  #off: (() => void) | undefined;
  #stopped = false;

  constructor(parts: { broker: Broker; clock: Clock; onTrouble: (error: LimenError | undefined) => void }) {
    this.#broker = parts.broker;
    this.#clock = parts.clock;
    this.#onTrouble = parts.onTrouble;
  }

  start(): void {
    this.#off ??= this.#broker.onState((state) => {
      if (state.kind !== 'connected') return;
      for (const entry of this.#entries.values()) entry.published = undefined;
      this.#publishAll();
    });
    this.#publishAll();
  }

  set(topic: string, payload: string): void {
    const entry = this.#entries.get(topic) ?? { wanted: payload, published: undefined, busy: false };
    entry.wanted = payload;
    this.#entries.set(topic, entry);
    this.#publish(topic, entry);
  }

  stop(): void {
    this.#stopped = true;
    this.#off?.();
    this.#cancelRetry?.();
  }

  #publishAll(): void {
    for (const [topic, entry] of this.#entries) this.#publish(topic, entry);
  }

  #publish(topic: string, entry: Entry): void {
    if (this.#stopped || this.#off === undefined || this.#broker.state.kind !== 'connected') return;
    if (entry.busy || entry.published === entry.wanted) return;
    const payload = entry.wanted;
    entry.busy = true;
    this.#broker.publish(topic, payload, { qos: 1, retain: true }).then(
      () => {
        entry.busy = false;
        entry.published = payload;
        this.#backoff.reset();
        this.#onTrouble(undefined);
        this.#publish(topic, entry);
      },
      (cause: unknown) => {
        entry.busy = false;
        this.#retryLater(toLimenError(cause, 'broker_unavailable'));
      },
    );
  }

  /** Only a broker that is there and refuses is asked again by time; a lost one by its next connection. */
  #retryLater(error: LimenError): void {
    if (this.#stopped || this.#broker.state.kind !== 'connected' || this.#cancelRetry !== undefined) return;
    this.#onTrouble(error);
    this.#cancelRetry = this.#clock.after(this.#backoff.nextMs(), () => {
      this.#cancelRetry = undefined;
      this.#publishAll();
    });
  }
}
