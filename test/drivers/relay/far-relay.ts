import type { Broker, BrokerMessage, BrokerState } from '../../../src/core/ports/broker.ts';

interface Command {
  readonly id: string;
  readonly energised: boolean;
  readonly expiresAt: string;
  readonly leaseMs: number;
}

/** A broker in this process, and at its other end a relay that obeys, is silent, or does otherwise. */
export class FarRelay implements Broker {
  readonly url = 'memory:';
  state: BrokerState = { kind: 'connected' };
  behaviour: 'obeys' | 'silent' | 'contrary' | 'retains' = 'obeys';
  readonly commands: Command[] = [];
  readonly topics: string[] = [];
  readonly #handlers = new Map<string, (message: BrokerMessage) => void>();
  readonly #listeners = new Set<(state: BrokerState) => void>();

  onState(listener: (state: BrokerState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  become(state: BrokerState): void {
    this.state = state;
    for (const listener of this.#listeners) listener(state);
  }

  async start(): Promise<void> {}

  async publish(topic: string, payload: Uint8Array | string, options: { retain: boolean }): Promise<void> {
    if (this.state.kind !== 'connected') throw new Error('no broker');
    const command = JSON.parse(String(payload)) as Command;
    this.commands.push(command);
    this.topics.push(`${topic}${options.retain ? ' retained' : ''}`);
    if (this.behaviour === 'silent') return;
    const energised = this.behaviour === 'contrary' ? !command.energised : command.energised;
    this.answer(topic, { id: command.id, energised }, this.behaviour === 'retains');
  }

  answer(topic: string, answer: object, retain = false): void {
    const at = topic.replace(/set$/, 'ack');
    const message = { topic: at, payload: new TextEncoder().encode(JSON.stringify(answer)), retain };
    this.#handlers.get(at)?.(message);
  }

  get subscriptions(): number {
    return this.#handlers.size;
  }

  subscribe(filter: string, handler: (message: BrokerMessage) => void): () => void {
    this.#handlers.set(filter, handler);
    return () => this.#handlers.delete(filter);
  }

  async stop(): Promise<void> {}
}
