import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MqttBroker, type MqttBrokerOptions } from '../../src/drivers/broker/mqtt-broker.ts';
import { SystemClock } from '../../src/runtime/clock.ts';
import { silentLog } from '../../src/runtime/logger.ts';
import { connected, disconnected, Observer } from '../drivers/broker/observer.ts';

/** One broker program, made for one test. */
export interface BrokerBackend {
  readonly url: string;
  /** Ends it without a word to its clients. */
  kill(): Promise<void>;
  /** Starts it again at the same place; it has forgotten everything. */
  start(): Promise<void>;
  close(): Promise<void>;
}

const WILL = { topic: 'limen/box/availability', payload: 'offline' };

export function makeBroker(url: string, options: Partial<MqttBrokerOptions> = {}): MqttBroker {
  return new MqttBroker(
    {
      url,
      protocol: 'auto',
      clientId: 'limen-box',
      will: WILL,
      backoff: { firstMs: 10, maxMs: 50 },
      ...options,
    },
    { clock: new SystemClock(), log: silentLog },
  );
}

const running = () => new AbortController().signal;

/** What every broker program and protocol version must give through the `Broker` port. */
export function brokerContract(
  name: string,
  options: Partial<MqttBrokerOptions>,
  makeBackend: () => Promise<BrokerBackend>,
  skip: string | false = false,
): void {
  describe(`Broker on ${name}`, { skip }, () => {
    async function withBackend(body: (backend: BrokerBackend, broker: MqttBroker) => Promise<void>) {
      const backend = await makeBackend();
      const broker = makeBroker(backend.url, options);
      try {
        await body(backend, broker);
      } finally {
        await broker.stop();
        await backend.close();
      }
    }

    test('publishes with either QoS; retained messages are kept for later subscribers, others are not', () =>
      withBackend(async (backend, broker) => {
        await broker.start(running());
        await connected(broker);
        const observer = await Observer.connect(backend.url);
        await broker.publish('a/zero', 'text', { qos: 0, retain: false });
        await broker.publish('a/one', new Uint8Array([0x6f, 0x6b]), { qos: 1, retain: false });
        await broker.publish('a/kept', 'kept', { qos: 1, retain: true });
        await observer.count(3);
        const late = await Observer.connect(backend.url);
        await late.message((seen) => seen.topic === 'a/kept' && seen.retain);
        await broker.publish('a/last', 'last', { qos: 1, retain: false });
        await late.message((seen) => seen.topic === 'a/last');
        await observer.message((seen) => seen.topic === 'a/last');
        assert.deepEqual(
          observer.seen.map((seen) => `${seen.topic} ${seen.text}`),
          ['a/zero text', 'a/one ok', 'a/kept kept', 'a/last last'],
        );
        assert.deepEqual(
          late.seen.map((seen) => seen.topic),
          ['a/kept', 'a/last'],
        );
        await observer.close();
        await late.close();
      }));

    test('keeps the order of what is published, however much is under way at once', () =>
      withBackend(async (backend, broker) => {
        await broker.start(running());
        await connected(broker);
        const observer = await Observer.connect(backend.url, 'n');
        const numbers = Array.from({ length: 200 }, (_, n) => String(n));
        await Promise.all(numbers.map((n) => broker.publish('n', n, { qos: 1, retain: false })));
        const seen = await observer.count(200);
        assert.deepEqual(
          seen.map(({ text }) => text),
          numbers,
        );
        await observer.close();
      }));

    test('refuses to publish while there is no connection, and sends none of it afterwards', () =>
      withBackend(async (backend, broker) => {
        await assert.rejects(broker.publish('early', '', { qos: 1, retain: false }), {
          code: 'broker_unavailable',
        });
        await broker.start(running());
        await connected(broker);
        await backend.kill();
        const underWay = broker.publish('lost', 'x', { qos: 1, retain: false });
        await assert.rejects(underWay, { code: 'broker_unavailable' });
        await disconnected(broker);
        await assert.rejects(broker.publish('offline', 'x', { qos: 1, retain: false }), {
          code: 'broker_unavailable',
        });
        await assert.rejects(broker.publish('offline', 'x', { qos: 0, retain: false }), {
          code: 'broker_unavailable',
        });
        await backend.start();
        const observer = await Observer.connect(backend.url);
        await connected(broker);
        await broker.publish('fresh', 'x', { qos: 1, retain: false });
        await observer.message((seen) => seen.topic === 'fresh');
        assert.deepEqual(
          observer.seen.map((seen) => seen.topic),
          ['fresh'],
        );
        await observer.close();
      }));

    test('connects when the broker appears later, and again after every loss', () =>
      withBackend(async (backend, broker) => {
        await backend.kill();
        await broker.start(running());
        await disconnected(broker, /ECONNREFUSED/);
        for (let round = 0; round < 5; round++) {
          await backend.start();
          await connected(broker);
          await backend.kill();
          await disconnected(broker);
        }
      }));

    test('stays subscribed over reconnects, until unsubscribed', () =>
      withBackend(async (backend, broker) => {
        const got: string[] = [];
        const off = broker.subscribe('in/+', (message) => got.push(Buffer.from(message.payload).toString()));
        broker.subscribe('in/done', () => got.push('done'));
        await broker.start(running());
        await connected(broker);
        await backend.kill();
        await disconnected(broker);
        await backend.start();
        await connected(broker);
        // Subscriptions were sent before this publish, on the same connection.
        await broker.publish('in/x', 'first', { qos: 1, retain: false });
        await until(() => got.includes('first'));
        off();
        await broker.publish('in/x', 'second', { qos: 1, retain: false });
        await broker.publish('in/done', '', { qos: 1, retain: false });
        await until(() => got.includes('done'));
        assert.deepEqual(got, ['first', 'done']);
      }));

    test('leaves `offline` retained when it stops, and stops at any time, twice', () =>
      withBackend(async (backend, broker) => {
        const never = makeBroker(backend.url, options);
        await never.stop();
        const early = makeBroker(backend.url, { ...options, clientId: 'early' });
        await early.start(running());
        await early.stop();
        assert.deepEqual(early.state, { kind: 'disconnected', reason: 'stopped' });
        await broker.start(running());
        await connected(broker);
        await broker.publish(WILL.topic, 'online', { qos: 1, retain: true });
        await Promise.all([broker.stop(), broker.stop()]);
        const observer = await Observer.connect(backend.url);
        const seen = await observer.message(({ topic }) => topic === WILL.topic);
        assert.deepEqual(seen, { topic: WILL.topic, text: 'offline', retain: true });
        await assert.rejects(broker.publish('late', '', { qos: 1, retain: false }), {
          code: 'broker_unavailable',
        });
        await observer.close();
      }));
  });
}

/** Lets I/O happen until `test` holds; the runner's time limit ends a wait in vain. */
export async function until(test: () => boolean): Promise<void> {
  while (!test()) await new Promise((resolve) => setTimeout(resolve, 1));
}
