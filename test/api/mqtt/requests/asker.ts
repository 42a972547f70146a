import { randomBytes } from 'node:crypto';
import { connectAsync, type MqttClient } from 'mqtt';

export interface Answer {
  readonly status: 'ok' | 'error';
  readonly data?: Record<string, unknown>;
  readonly error?: { readonly code: string; readonly message: string; readonly advice: string };
  readonly transaction?: string;
}

/** Somebody in the building who asks over MQTT and hears the answers. */
export class Asker {
  readonly client: MqttClient;
  readonly answers: Answer[] = [];
  readonly #topic: string;
  readonly #waiters = new Set<() => void>();
  #last = 0;

  private constructor(client: MqttClient, topic: string) {
    this.client = client;
    this.#topic = topic;
    client.on('message', (_topic, payload) => {
      this.answers.push(JSON.parse(payload.toString()));
      for (const waiter of this.#waiters) waiter();
    });
  }

  /** `topic` is the door's: `limen/box/front`. */
  static async connect(url: string, protocol: '5' | '3.1.1', topic = 'limen/box/front'): Promise<Asker> {
    const client = await connectAsync(url, { reconnectPeriod: 0, protocolVersion: protocol === '5' ? 5 : 4 });
    const asker = new Asker(client, topic);
    await client.subscribeAsync(`${topic}/response/#`, { qos: 1 });
    return asker;
  }

  /** Sends `members` with a transaction of its own and waits for the answer to it. */
  async ask(verb: string, members: object = {}): Promise<Answer> {
    const transaction = `t${++this.#last}`;
    await this.send(verb, JSON.stringify({ transaction, ...members }));
    return this.answer((answer) => answer.transaction === transaction);
  }

  /** Resolves once the daemon hears us: it subscribes on a connection of its own, which may take longer than ours. */
  async reach(): Promise<void> {
    const transactions = new Set<string | undefined>();
    let reached = false;
    const answered = this.answer(({ transaction }) => transactions.has(transaction)).then(() => {
      reached = true;
    });
    while (!reached) {
      const transaction = `r${++this.#last}`;
      transactions.add(transaction);
      await this.send('health', JSON.stringify({ transaction }));
      await Promise.race([answered, new Promise((resolve) => setTimeout(resolve, 20))]);
    }
  }

  /** Any payload at all. */
  async send(verb: string, payload: string | Buffer, retain = false): Promise<void> {
    await this.client.publishAsync(`${this.#topic}/request/${verb}`, payload, { qos: 1, retain });
  }

  /** The first answer, past or future, for which `test` holds. */
  answer(test: (answer: Answer) => boolean): Promise<Answer> {
    return new Promise((resolve) => {
      const look = () => {
        const found = this.answers.find(test);
        if (found === undefined) return;
        this.#waiters.delete(look);
        resolve(found);
      };
      this.#waiters.add(look);
      look();
    });
  }

  async close(): Promise<void> {
    await this.client.endAsync(true);
  }
}

export function nonce(): string {
  return randomBytes(16).toString('base64url');
}
