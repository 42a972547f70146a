import { type LimenError, toLimenError } from '../../core/errors.ts';
import type { LimenEvent } from '../../core/events.ts';
import type { Broker } from '../../core/ports/broker.ts';
import { type Clock, delay } from '../../core/ports/clock.ts';
import type { Journal } from '../../core/ports/journal.ts';
import { Backoff } from '../../runtime/backoff.ts';
import { eventPayload } from './event-payload.ts';
import type { Topics } from './topics.ts';

/** The journal's name for this reader. */
export const CURSOR = 'mqtt';
/** Events held in memory, read ahead of the window. */
const READ_AHEAD = 256;

interface Published {
  readonly seq: number;
  outcome: 'sent' | 'acknowledged' | 'failed';
}

export interface EventDrainOptions {
  /** Events published and not yet acknowledged. */
  readonly window: number;
  readonly backoff: { readonly firstMs: number; readonly maxMs: number };
}

/**
 * Journal → broker. Events go out once they are on disk, in the order of `seq`, at most `window` unacknowledged; the cursor moves on
 * acknowledgement only, so every event arrives at least once and none is passed over. After a failure it waits
 * until nothing is under way and begins again behind the cursor: a subscriber may see an event twice (same `id`,
 * same `expiresAt`), and a later one first only where the broker refused one and took those behind it. After a
 * refusal events go one at a time until one is accepted.
 */
export class EventDrain {
  readonly #broker: Broker;
  readonly #journal: Journal;
  readonly #topics: Topics;
  readonly #clock: Clock;
  readonly #options: EventDrainOptions;
  readonly #onTrouble: (error: LimenError | undefined) => void;
  readonly #backoff: Backoff;
  readonly #stopping = new AbortController();
  #underWay: Published[] = [];
  #ahead: LimenEvent[] = [];
  #readTo = 0;
  #failure: LimenError | undefined;
  #oneAtATime = false;
  #wake: () => void = () => {};
  #awake = false;
  #lookIfDone: () => void = () => {};
  #running: Promise<void> | undefined;
  #off: (() => void)[] = [];

  /** `onTrouble` hears of a failed publish, and `undefined` once one is acknowledged again. */
  constructor(
    options: EventDrainOptions,
    parts: {
      broker: Broker;
      journal: Journal;
      topics: Topics;
      clock: Clock;
      onTrouble: (error: LimenError | undefined) => void;
    },
  ) {
    this.#options = options;
    this.#broker = parts.broker;
    this.#journal = parts.journal;
    this.#topics = parts.topics;
    this.#clock = parts.clock;
    this.#onTrouble = parts.onTrouble;
    this.#backoff = new Backoff(options.backoff);
  }

  start(): void {
    if (this.#running !== undefined || this.#stopping.signal.aborted) return;
    this.#off = [this.#journal.onTellable(() => this.#rouse()), this.#broker.onState(() => this.#rouse())];
    this.#running = this.#run();
  }

  /** Lets what is in the journal now leave, for at most `graceMs` and only while that goes well, then ends. */
  async stop(graceMs: number): Promise<void> {
    if (this.#running === undefined) return;
    const target = this.#journal.lastSeq;
    const limit = new AbortController();
    const done = new Promise<void>((resolve) => {
      this.#lookIfDone = () => {
        const delivered = this.#journal.cursor(CURSOR) >= target;
        const hopeless = this.#broker.state.kind !== 'connected' || this.#failure !== undefined;
        if (delivered || hopeless) resolve();
      };
    });
    this.#lookIfDone();
    await Promise.race([done, delay(this.#clock, graceMs, limit.signal).catch(() => {})]);
    limit.abort();
    this.#stopping.abort();
    for (const off of this.#off) off();
    this.#rouse();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    this.#readTo = this.#journal.cursor(CURSOR);
    while (!signal.aborted) {
      if (this.#failure !== undefined) await this.#recover(this.#failure);
      else if (this.#broker.state.kind === 'connected') await this.#fill();
      if (!signal.aborted) await this.#roused();
    }
  }

  /** Publishes until the window is full or the journal is empty. */
  async #fill(): Promise<void> {
    const window = this.#oneAtATime ? 1 : this.#options.window;
    while (
      this.#underWay.length < window &&
      this.#failure === undefined &&
      this.#broker.state.kind === 'connected' &&
      !this.#stopping.signal.aborted
    ) {
      if (this.#ahead.length === 0) {
        try {
          const upTo = this.#journal.tellableSeq;
          const read = await this.#journal.read(this.#readTo, READ_AHEAD);
          this.#ahead = read.filter(({ seq }) => seq <= upTo);
        } catch (cause) {
          this.#fail(toLimenError(cause, 'store_fault'));
          return;
        }
        // The connection may have changed while reading: look again before sending.
        if (this.#ahead.length > 0) continue;
        return;
      }
      const event = this.#ahead.shift() as LimenEvent;
      this.#readTo = event.seq;
      this.#send(event);
    }
  }

  #send(event: LimenEvent): void {
    const entry: Published = { seq: event.seq, outcome: 'sent' };
    this.#underWay.push(entry);
    const topic = this.#topics.event(event.door);
    this.#broker.publish(topic, eventPayload(event), { qos: 1, retain: false }).then(
      () => {
        entry.outcome = 'acknowledged';
        this.#advance();
        this.#rouse();
      },
      (cause: unknown) => {
        entry.outcome = 'failed';
        this.#fail(toLimenError(cause, 'broker_unavailable'));
      },
    );
  }

  /** Moves the cursor over the acknowledged events at the front, up to the first that is not. */
  #advance(): void {
    let last: number | undefined;
    while (this.#underWay[0]?.outcome === 'acknowledged') last = this.#underWay.shift()?.seq;
    if (last === undefined) return;
    this.#journal.advance(CURSOR, last);
    if (this.#failure !== undefined) return;
    this.#oneAtATime = false;
    this.#backoff.reset();
    this.#onTrouble(undefined);
  }

  #fail(error: LimenError): void {
    this.#failure ??= error;
    this.#rouse();
  }

  /** Back to the cursor, once everything under way has been answered one way or the other. */
  async #recover(failure: LimenError): Promise<void> {
    if (this.#underWay.some((entry) => entry.outcome === 'sent')) return;
    this.#underWay = [];
    this.#ahead = [];
    this.#readTo = this.#journal.cursor(CURSOR);
    this.#oneAtATime = failure.code === 'broker_refused';
    if (this.#broker.state.kind === 'connected') {
      this.#onTrouble(failure);
      await delay(this.#clock, this.#backoff.nextMs(), this.#stopping.signal).catch(() => {});
    }
    this.#failure = undefined;
    this.#rouse();
  }

  #rouse(): void {
    this.#awake = true;
    this.#wake();
    this.#lookIfDone();
  }

  async #roused(): Promise<void> {
    if (!this.#awake) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#awake = false;
  }
}
