import { randomUUID } from 'node:crypto';
import { LimenError, toLimenError } from '../../core/errors.ts';
import type { Broker, BrokerMessage } from '../../core/ports/broker.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Relay } from '../../core/ports/relay.ts';

export interface MqttRelayTarget {
  /** Commands go to `<topic>/set`; answers are awaited on `<topic>/ack`. */
  readonly topic: string;
  /** A command that is not acknowledged by then has failed, ms. */
  readonly ackMs: number;
  /** The other end releases by itself this long after the last command to energise, ms. */
  readonly leaseMs: number;
}

interface Waiting {
  readonly id: string;
  readonly energised: boolean;
  settle(failure?: string): void;
}

/**
 * A relay elsewhere in the building. A command is one JSON message, QoS 1, never retained:
 * `{ id, energised, expiresAt, leaseMs }`; the other end must ignore it after `expiresAt`, release by itself
 * `leaseMs` after the last command to energise, and answer `{ id, energised }`. While energised the command is
 * renewed well within the lease, so that a daemon that dies or a network that fails releases the lock.
 */
export class MqttRelay implements Relay {
  readonly uri: string;
  readonly real = true;
  readonly #target: MqttRelayTarget;
  readonly #broker: Broker;
  readonly #clock: Clock;
  #open = false;
  #energised = false;
  #waiting: Waiting | undefined;
  #unsubscribe: () => void = () => {};
  #offState: () => void = () => {};
  #cancelRenewal: () => void = () => {};

  constructor(uri: string, target: MqttRelayTarget, broker: Broker, clock: Clock) {
    this.uri = uri;
    this.#target = target;
    this.#broker = broker;
    this.#clock = clock;
  }

  get energised(): boolean {
    return this.#energised;
  }

  /** Does not wait for the broker, which may come later: at every connection the line is told to release. */
  async open(): Promise<void> {
    if (this.#open) return;
    this.#open = true;
    this.#unsubscribe = this.#broker.subscribe(`${this.#target.topic}/ack`, (message) =>
      this.#heard(message),
    );
    this.#offState = this.#broker.onState(({ kind }) => {
      if (kind === 'connected') void this.#send(this.#energised, randomUUID()).catch(() => undefined); // told by set()
    });
    if (this.#broker.state.kind === 'connected') {
      await this.#send(false, randomUUID()).catch(() => undefined); // told by set()
    }
  }

  async set(energised: boolean): Promise<void> {
    if (!this.#open) throw new LimenError('relay_fault', `${this.uri} is not open`);
    this.#cancelRenewal();
    // until the answer is there the lock may be released
    const failure = await this.#command(energised);
    if (failure !== undefined) {
      const what = energised ? 'set' : 'released';
      throw new LimenError('relay_fault', `${this.uri} could not be ${what}: ${failure}`);
    }
    this.#energised = energised;
    if (energised) this.#renewLater();
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    this.#cancelRenewal();
    this.#offState();
    const failure = this.#energised ? await this.#command(false) : undefined;
    this.#unsubscribe();
    this.#energised = false;
    if (failure !== undefined) {
      throw new LimenError('relay_fault', `${this.uri} could not be released: ${failure}`);
    }
  }

  #renewLater(): void {
    this.#cancelRenewal = this.#clock.after(this.#target.leaseMs / 3, () => {
      if (!this.#open || !this.#energised) return;
      void this.#send(true, randomUUID()).catch(() => undefined); // the lease ends it
      this.#renewLater();
    });
  }

  /** Sends one command and waits for its answer; the failure's message, if any. */
  #command(energised: boolean): Promise<string | undefined> {
    const id = randomUUID();
    this.#waiting?.settle('another command followed');
    return new Promise((resolve) => {
      const settle = (failure?: string) => {
        cancel();
        if (this.#waiting?.id === id) this.#waiting = undefined;
        resolve(failure);
      };
      const late = `no answer within ${this.#target.ackMs} ms`;
      const cancel = this.#clock.after(this.#target.ackMs, () => settle(late));
      this.#waiting = { id, energised, settle };
      this.#send(energised, id).catch((cause) => settle(toLimenError(cause, 'broker_unavailable').message));
    });
  }

  async #send(energised: boolean, id: string): Promise<void> {
    const { topic, ackMs, leaseMs } = this.#target;
    const expiresAt = new Date(this.#clock.wall().getTime() + ackMs).toISOString();
    const payload = JSON.stringify({ id, energised, expiresAt, leaseMs });
    await this.#broker.publish(`${topic}/set`, payload, { qos: 1, retain: false });
  }

  /** A retained answer is an old one. */
  #heard({ payload, retain }: BrokerMessage): void {
    const waiting = this.#waiting;
    if (retain || waiting === undefined) return;
    const answer = parseAnswer(payload);
    if (answer?.id !== waiting.id) return;
    waiting.settle(
      answer.energised === waiting.energised ? undefined : 'the other end says it did otherwise',
    );
  }
}

function parseAnswer(payload: Uint8Array): { id?: unknown; energised?: unknown } | undefined {
  try {
    const answer: unknown = JSON.parse(new TextDecoder().decode(payload.subarray(0, 1_024)));
    return typeof answer === 'object' && answer !== null ? answer : undefined;
  } catch {
    return undefined; // whatever it is, it is no answer
  }
}
