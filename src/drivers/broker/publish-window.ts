import { LimenError } from '../../core/errors.ts';
import type { Clock } from '../../core/ports/clock.ts';
import { refusalAdvice } from './refusal-advice.ts';

type Done = (error?: (Error & { code?: number | string }) | null) => void;
type Send = (done: Done) => void;

interface Entry {
  readonly topic: string;
  readonly qos: 0 | 1;
  readonly send: Send;
  readonly resolve: () => void;
  readonly reject: (error: LimenError) => void;
  sentAtMs: number;
}

/**
 * How many publishes of QoS 1 may wait for their turn, and of QoS 0 for the socket, beyond those in flight. A
 * caller that waits for its promises never meets it.
 */
const MAX_WAITING = 256;

/**
 * Publishes of one connection: at most `limit` of QoS 1 unacknowledged at a time (the broker's Receive Maximum may
 * be lower than ours, and exceeding it ends the connection), the rest waiting in order. Closing rejects all of them.
 */
export class PublishWindow {
  readonly #clock: Clock;
  readonly #ackTimeoutMs: number;
  readonly #onAckTimeout: () => void;
  readonly #inFlight = new Set<Entry>();
  readonly #unsent = new Set<Entry>();
  #waiting: Entry[] = [];
  #limit = 0;
  #closedBy: LimenError | undefined;
  #cancelTimer: (() => void) | undefined;
  #settled: (() => void)[] = [];

  constructor(options: { clock: Clock; ackTimeoutMs: number; onAckTimeout: () => void }) {
    this.#clock = options.clock;
    this.#ackTimeoutMs = options.ackTimeoutMs;
    this.#onAckTimeout = options.onAckTimeout;
  }

  open(limit: number): void {
    this.#limit = limit;
  }

  publish(qos: 0 | 1, topic: string, send: Send): Promise<void> {
    if (this.#closedBy !== undefined) return Promise.reject(this.#closedBy);
    if ((qos === 0 ? this.#unsent.size : this.#waiting.length) >= MAX_WAITING) {
      const message = `${MAX_WAITING} publishes wait for the broker already; ${topic} was not sent`;
      return Promise.reject(new LimenError('busy', message));
    }
    return new Promise((resolve, reject) => {
      const entry: Entry = { topic, qos, send, resolve, reject, sentAtMs: 0 };
      if (qos === 1 && this.#inFlight.size >= this.#limit) this.#waiting.push(entry);
      else this.#send(entry);
    });
  }

  /** Rejects everything that has not been acknowledged, and all that comes later. */
  close(error: LimenError): void {
    if (this.#closedBy !== undefined) return;
    this.#closedBy = error;
    this.#cancelTimer?.();
    const entries = [...this.#inFlight, ...this.#unsent, ...this.#waiting];
    this.#inFlight.clear();
    this.#unsent.clear();
    this.#waiting = [];
    for (const entry of entries) entry.reject(error);
    this.#lookIfSettled();
  }

  /** Resolves once nothing waits and everything sent was answered. */
  settled(): Promise<void> {
    return new Promise((resolve) => {
      this.#settled.push(resolve);
      this.#lookIfSettled();
    });
  }

  #lookIfSettled(): void {
    if (this.#inFlight.size + this.#unsent.size + this.#waiting.length > 0) return;
    for (const resolve of this.#settled.splice(0)) resolve();
  }

  #send(entry: Entry): void {
    const underWay = entry.qos === 0 ? this.#unsent : this.#inFlight;
    underWay.add(entry);
    entry.sentAtMs = this.#clock.nowMs();
    if (entry.qos === 1) this.#watchOldest();
    entry.send((error) => {
      if (!underWay.delete(entry)) return;
      if (!error) entry.resolve();
      else if (typeof error.code === 'number') {
        const message = `the broker refused ${entry.topic}: ${error.message} (${error.code})${refusalAdvice(error.code)}`;
        entry.reject(new LimenError('broker_refused', message));
      } else entry.reject(new LimenError('broker_unavailable', error.message));
      const next = this.#inFlight.size < this.#limit ? this.#waiting.shift() : undefined;
      if (next !== undefined) this.#send(next);
      this.#lookIfSettled();
    });
  }

  /** One timer for all: acknowledgements come in the order of sending (MQTT 5, 4.6), so the oldest decides. */
  #watchOldest(): void {
    if (this.#cancelTimer !== undefined) return;
    const oldest = this.#inFlight.values().next().value;
    if (oldest === undefined) return;
    const dueMs = oldest.sentAtMs + this.#ackTimeoutMs;
    this.#cancelTimer = this.#clock.after(dueMs - this.#clock.nowMs(), () => {
      this.#cancelTimer = undefined;
      if (this.#inFlight.has(oldest)) this.#onAckTimeout();
      else this.#watchOldest();
    });
  }
}
