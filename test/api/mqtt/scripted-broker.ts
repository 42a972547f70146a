import { LimenError } from '../../../src/core/errors.ts';
import type { Broker, BrokerState, PublishOptions } from '../../../src/core/ports/broker.ts';

export interface Publish extends PublishOptions {
  readonly topic: string;
  readonly text: string;
  acknowledge(): void;
  refuse(): void;
}

/** A `Broker` whose acknowledgements the test gives, for orders of events that a real one shows too rarely. */
export class ScriptedBroker implements Broker {
  readonly url = 'mqtt://scripted';
  readonly published: Publish[] = [];
  state: BrokerState = { kind: 'disconnected', reason: 'not started' };
  /** Acknowledges by itself. */
  automatic = false;
  readonly #listeners = new Set<(state: BrokerState) => void>();
  readonly #open = new Set<(error: LimenError) => void>();

  onState(listener: (state: BrokerState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async start(): Promise<void> {}
  async stop(): Promise<void> {}

  subscribe(): () => void {
    return () => {};
  }

  publish(topic: string, payload: Uint8Array | string, options: PublishOptions): Promise<void> {
    if (this.state.kind !== 'connected') {
      return Promise.reject(new LimenError('broker_unavailable', this.state.reason));
    }
    return new Promise((resolve, reject) => {
      this.#open.add(reject);
      const settle = (how: () => void) => () => {
        this.#open.delete(reject);
        how();
      };
      this.published.push({
        ...options,
        topic,
        text: payload.toString(),
        acknowledge: settle(resolve),
        refuse: settle(() => reject(new LimenError('broker_refused', `the broker refused ${topic}`))),
      });
      if (this.automatic) this.published.at(-1)?.acknowledge();
    });
  }

  connect(): void {
    this.#to({ kind: 'connected' });
  }

  lose(reason = 'cable'): void {
    this.#to({ kind: 'disconnected', reason });
    for (const reject of this.#open) reject(new LimenError('broker_unavailable', reason));
    this.#open.clear();
  }

  #to(state: BrokerState): void {
    this.state = state;
    for (const listener of this.#listeners) listener(state);
  }
}

/** Lets promise callbacks and immediate I/O run. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}
