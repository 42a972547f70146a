import { connectAsync, type MqttClient } from 'mqtt';
import type { Broker } from '../../../src/core/ports/broker.ts';

export interface Seen {
  readonly topic: string;
  readonly text: string;
  readonly retain: boolean;
}

/** An ordinary MQTT client that writes down what it receives. */
export class Observer {
  readonly seen: Seen[] = [];
  readonly #client: MqttClient;
  readonly #waiters = new Set<() => void>();

  private constructor(client: MqttClient) {
    this.#client = client;
    client.on('message', (topic, payload, packet) => {
      this.seen.push({ topic, text: payload.toString(), retain: packet.retain });
      for (const waiter of this.#waiters) waiter();
    });
  }

  static async connect(url: string, filter = '#', reconnectPeriod = 0): Promise<Observer> {
    const client = await connectAsync(url, { reconnectPeriod, protocolVersion: 4 });
    const observer = new Observer(client);
    await client.subscribeAsync(filter, { qos: 1 });
    return observer;
  }

  /** Resolves with the first message, past or future, for which `test` holds. */
  message(test: (seen: Seen) => boolean): Promise<Seen> {
    let looked = 0;
    return this.#when(() => {
      while (looked < this.seen.length) {
        const seen = this.seen[looked++] as Seen;
        if (test(seen)) return seen;
      }
      return undefined;
    });
  }

  async count(wanted: number, test: (seen: Seen) => boolean = () => true): Promise<readonly Seen[]> {
    await this.#when(() => (this.seen.filter(test).length >= wanted ? true : undefined));
    return this.seen.filter(test);
  }

  publish(topic: string, text: string, retain = false): Promise<unknown> {
    return this.#client.publishAsync(topic, text, { qos: 1, retain });
  }

  async close(): Promise<void> {
    await this.#client.endAsync(true);
  }

  #when<T>(find: () => T | undefined): Promise<T> {
    return new Promise((resolve) => {
      const look = () => {
        const found = find();
        if (found === undefined) return;
        this.#waiters.delete(look);
        resolve(found);
      };
      this.#waiters.add(look);
      look();
    });
  }
}

/** Resolves once the connection is in the wanted state, with the reason when it is disconnected. */
export function stateOf(broker: Broker, test: (reason: string | undefined) => boolean): Promise<string> {
  return new Promise((resolve) => {
    const look = () => {
      const reason = broker.state.kind === 'connected' ? undefined : broker.state.reason;
      if (!test(reason)) return;
      off();
      resolve(reason ?? '');
    };
    const off = broker.onState(look);
    look();
  });
}

export function connected(broker: Broker): Promise<string> {
  return stateOf(broker, (reason) => reason === undefined);
}

export function disconnected(broker: Broker, pattern = /./): Promise<string> {
  return stateOf(broker, (reason) => reason !== undefined && pattern.test(reason));
}
