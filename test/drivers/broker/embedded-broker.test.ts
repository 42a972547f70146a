import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { test } from 'node:test';
import { connectAsync } from 'mqtt';
import { EmbeddedBroker, type EmbeddedBrokerOptions } from '../../../src/drivers/broker/embedded-broker.ts';
import { packetWalker } from '../../../src/drivers/broker/packet-cap.ts';
import { ManualClock } from '../../../src/runtime/clock.ts';
import { Health } from '../../../src/runtime/health.ts';
import { silentLog } from '../../../src/runtime/logger.ts';
import { until } from '../../contract/broker.ts';
import { Observer } from './observer.ts';

const signal = new AbortController().signal;

function make(options: Partial<EmbeddedBrokerOptions> = {}) {
  const parts = { clock: new ManualClock(), log: silentLog, health: new Health() };
  return { ...parts, broker: new EmbeddedBroker({ port: 0, ...options }, parts) };
}

async function started(options: Partial<EmbeddedBrokerOptions> = {}) {
  const made = make(options);
  await made.broker.start(signal);
  return { ...made, url: made.broker.url as string };
}

test('listens on loopback only', async () => {
  for (const host of ['0.0.0.0', '::', '192.168.1.10', 'localhost', '127.evil']) {
    await assert.rejects(make({ host }).broker.start(signal), { code: 'config_invalid' });
  }
  const { broker, url } = await started();
  assert.match(url, /^mqtt:\/\/127\.0\.0\.1:\d+$/);
  await broker.stop();
});

test('an occupied port is a degraded state that heals when the port is free', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const { broker, clock, health } = await started({ port });
  assert.equal(broker.url, undefined);
  assert.deepEqual(health.snapshot().components['embedded-broker'], {
    status: 'degraded',
    detail: `127.0.0.1:${port}: the port is taken by another program; trying again`,
  });
  other.close();
  await once(other, 'close');
  clock.advance(30_000);
  await until(() => broker.url !== undefined);
  assert.equal(health.snapshot().status, 'ok');
  const observer = await Observer.connect(`mqtt://127.0.0.1:${port}`);
  await observer.close();
  await broker.stop();
});

test('stops before, during and after the start, twice, with clients connected', async () => {
  const never = make().broker;
  await never.stop();
  const midway = make().broker;
  const starting = midway.start(signal);
  await midway.stop();
  await starting;
  assert.equal(midway.url, undefined);
  const { broker, url } = await started();
  await Observer.connect(url);
  await Promise.all([broker.stop(), broker.stop()]);
  await broker.stop();
});

test('connections beyond the cap are closed', async () => {
  const { broker, url } = await started({ maxConnections: 2 });
  const kept = [await Observer.connect(url), await Observer.connect(url)];
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  await once(socket, 'close');
  await kept[0]?.publish('still', 'alive');
  await kept[1]?.message((seen) => seen.topic === 'still');
  for (const observer of kept) await observer.close();
  await broker.stop();
});

test('a packet beyond the cap ends that connection before it is collected', async () => {
  const { broker, url } = await started({ maxPacketBytes: 1_000 });
  const observer = await Observer.connect(url);
  const talker = await connectAsync(url, { reconnectPeriod: 0 });
  await talker.publishAsync('small', 'x'.repeat(900), { qos: 1 });
  await observer.message((seen) => seen.topic === 'small');
  const gone = new Promise<void>((resolve) => talker.on('close', resolve));
  talker.publish('large', 'x'.repeat(5_000_000), { qos: 1 });
  await gone;
  await observer.publish('after', '');
  await observer.message((seen) => seen.topic === 'after');
  assert.ok(!observer.seen.some((seen) => seen.topic === 'large'));
  await talker.endAsync(true);
  await observer.close();
  await broker.stop();
});

test('subscriptions of a client and retained topics are capped', async () => {
  const { broker, url } = await started({ maxSubscriptionsPerClient: 3, maxRetainedTopics: 2 });
  const client = await connectAsync(url, { reconnectPeriod: 0 });
  for (const topic of ['a', 'b', 'c']) await client.subscribeAsync(topic);
  await assert.rejects(client.subscribeAsync('d'));
  await client.publishAsync('r/1', 'x', { qos: 1, retain: true });
  await client.publishAsync('r/2', 'x', { qos: 1, retain: true });
  await client.publishAsync('r/2', 'newer', { qos: 1, retain: true });
  await client.publishAsync('r/1', '', { qos: 1, retain: true });
  await client.publishAsync('r/3', 'x', { qos: 1, retain: true });
  const gone = new Promise<void>((resolve) => client.on('close', resolve));
  client.publish('r/4', 'x', { qos: 1, retain: true });
  await gone;
  await client.endAsync(true);
  const late = await Observer.connect(url, 'r/#');
  await late.count(2);
  assert.deepEqual(late.seen.map((seen) => seen.topic).sort(), ['r/2', 'r/3']);
  await late.close();
  await broker.stop();
});

test('a client that asks for a lasting session collects nothing while it is away', async () => {
  const { broker, url } = await started();
  const lasting = { clean: false, clientId: 'lasting', reconnectPeriod: 0 };
  const first = await connectAsync(url, lasting);
  await first.subscribeAsync('kept', { qos: 1 });
  await first.endAsync();
  const other = await Observer.connect(url);
  await other.publish('kept', 'while away');
  const got: string[] = [];
  const again = await connectAsync(url, lasting);
  again.on('message', (_topic, payload) => got.push(payload.toString()));
  await again.subscribeAsync('kept', { qos: 1 });
  await other.publish('kept', 'now');
  await until(() => got.includes('now'));
  assert.deepEqual(got, ['now']);
  await again.endAsync(true);
  await other.close();
  await broker.stop();
});

test('the packet walker sees announced sizes across any chunking', () => {
  // PUBLISH of 3 bytes, PINGREQ, then a packet announcing 200 (0xc8 0x01).
  const stream = [0x30, 3, 1, 2, 3, 0xc0, 0, 0x30, 0xc8, 0x01, 9, 9];
  for (let size = 1; size <= stream.length; size++) {
    const walk = packetWalker(100);
    const found: number[] = [];
    for (let at = 0; at < stream.length && found.length === 0; at += size) {
      const announced = walk(Uint8Array.from(stream.slice(at, at + size)));
      if (announced !== undefined) found.push(announced);
    }
    assert.deepEqual(found, [200]);
  }
  assert.equal(packetWalker(300)(Uint8Array.from(stream)), undefined);
  assert.ok(packetWalker(2 ** 40)(Uint8Array.from([0x30, 0xff, 0xff, 0xff, 0xff, 0xff])) !== undefined);
});

test('other programs of this machine may publish requests, and forge nothing that the daemon says', async () => {
  const request = 'limen/box/+/request/+';
  const { broker, url } = await started({
    ownClientId: 'limen-box',
    others: { publish: [request, 'homeassistant/status'], private: [request] },
  });
  const daemon = await connectAsync(broker.ownUrl as string, { clientId: 'limen-box', reconnectPeriod: 0 });
  const heard: string[] = [];
  daemon.on('message', (topic) => heard.push(topic));
  await daemon.subscribeAsync('#', { qos: 1 });
  const neighbour = await Observer.connect(url);
  for (const topic of ['limen/box/front/event', 'limen/box/front/state', 'limen/box/availability', 'x']) {
    const forger = await connectAsync(url, { reconnectPeriod: 0 });
    const gone = new Promise<void>((resolve) => forger.on('close', resolve));
    forger.publish(topic, '{"type":"access.granted"}', { qos: 1 });
    await gone;
    await forger.endAsync(true);
  }
  // a last will is no way round
  const dying = await connectAsync(url, {
    reconnectPeriod: 0,
    will: { topic: 'limen/box/front/event', payload: Buffer.from('forged'), qos: 1, retain: true },
  });
  dying.stream.destroy();
  // nor is the daemon's own name
  await assert.rejects(connectAsync(url, { clientId: 'limen-box', reconnectPeriod: 0 }));
  for (const password of ['', 'wrong']) {
    await assert.rejects(connectAsync(url, { username: 'limen', password, reconnectPeriod: 0 }));
  }
  await neighbour.publish('homeassistant/status', 'online');
  await neighbour.publish('limen/box/front/request/unlock', '{"token":"secret"}');
  await daemon.publishAsync('limen/box/front/event', 'true', { qos: 1 });
  await neighbour.message((seen) => seen.text === 'true');
  await until(() => heard.includes('limen/box/front/request/unlock'));
  assert.deepEqual(
    neighbour.seen.map((seen) => seen.topic),
    ['homeassistant/status', 'limen/box/front/event'],
    'requests, which may carry a token, are for the daemon alone',
  );
  assert.ok(!heard.includes('x') && !heard.includes('limen/box/front/state'));
  await neighbour.close();
  await daemon.endAsync(true);
  await broker.stop();
});
