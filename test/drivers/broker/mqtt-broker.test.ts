import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Log } from '../../../src/core/ports/log.ts';
import { EmbeddedBroker } from '../../../src/drivers/broker/embedded-broker.ts';
import { MqttBroker } from '../../../src/drivers/broker/mqtt-broker.ts';
import { ManualClock, SystemClock } from '../../../src/runtime/clock.ts';
import { Health } from '../../../src/runtime/health.ts';
import { silentLog } from '../../../src/runtime/logger.ts';
import { makeBroker, until } from '../../contract/broker.ts';
import { startMosquitto, withoutMosquitto } from './mosquitto.ts';
import { connected, disconnected, Observer } from './observer.ts';
import { startTcpProxy } from './tcp-proxy.ts';

const signal = new AbortController().signal;

async function embedded(): Promise<EmbeddedBroker & { url: string }> {
  const parts = { clock: new SystemClock(), log: silentLog, health: new Health() };
  const broker = new EmbeddedBroker({ port: 0 }, parts);
  await broker.start(signal);
  return broker as EmbeddedBroker & { url: string };
}

test('SIGKILL of the daemon: the broker publishes the last will, retained', {
  skip: withoutMosquitto,
}, async () => {
  const mosquitto = await startMosquitto();
  const url = `mqtt://127.0.0.1:${mosquitto.port}`;
  const observer = await Observer.connect(url);
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', join(import.meta.dirname, 'doomed-client.ts'), url],
    { stdio: 'inherit' },
  );
  await observer.message((seen) => seen.text === 'online');
  child.kill('SIGKILL');
  await observer.message((seen) => seen.text === 'offline');
  const late = await Observer.connect(url);
  const kept = await late.message(() => true);
  assert.deepEqual(kept, { topic: 'limen/doomed/availability', text: 'offline', retain: true });
  await observer.close();
  await late.close();
  await mosquitto.close();
});

test('a half-open connection is noticed by keepalive, and what was under way is rejected, not re-sent', async () => {
  const backend = await embedded();
  const proxy = await startTcpProxy(Number(new URL(backend.url).port));
  const clock = new ManualClock();
  const broker = new MqttBroker(
    {
      url: proxy.url,
      protocol: '3.1.1',
      clientId: 'limen-box',
      will: { topic: 'limen/box/availability', payload: 'offline' },
      keepaliveS: 20,
      ackTimeoutMs: 120_000,
    },
    { clock, log: silentLog },
  );
  await broker.start(signal);
  await connected(broker);
  const observer = await Observer.connect(backend.url);
  proxy.freeze();
  const lost = assert.rejects(broker.publish('lost', 'x', { qos: 1, retain: false }), {
    code: 'broker_unavailable',
  });
  clock.advance(29_999);
  assert.equal(broker.state.kind, 'connected');
  clock.advance(1);
  assert.deepEqual(broker.state, { kind: 'disconnected', reason: `${proxy.url}: Keepalive timeout` });
  await lost;
  proxy.thaw();
  await untilConnected(broker, clock);
  await broker.publish('fresh', 'x', { qos: 1, retain: false });
  await observer.message((seen) => seen.topic === 'fresh');
  assert.deepEqual(
    observer.seen.map((seen) => seen.topic).filter((topic) => topic !== 'limen/box/availability'),
    ['fresh'],
  );
  await broker.stop();
  await observer.close();
  proxy.close();
  await backend.stop();
});

test('a broker that answers pings but no publish is left, and one that never answers is not waited for', async () => {
  const backend = await embedded();
  const proxy = await startTcpProxy(Number(new URL(backend.url).port));
  const clock = new ManualClock();
  const will = { topic: 'limen/box/availability', payload: 'offline' };
  const broker = new MqttBroker(
    { url: proxy.url, protocol: '3.1.1', clientId: 'a', will, keepaliveS: 3_600, ackTimeoutMs: 20_000 },
    { clock, log: silentLog },
  );
  await broker.start(signal);
  await connected(broker);
  proxy.freeze();
  const lost = assert.rejects(
    broker.publish('lost', 'x', { qos: 1, retain: false }),
    /no PUBACK within 20000 ms/,
  );
  clock.advance(20_000);
  await lost;
  await broker.stop();
  const mute = new MqttBroker(
    { url: proxy.url, protocol: 'auto', clientId: 'b', will, connectTimeoutMs: 10_000 },
    { clock, log: silentLog },
  );
  await mute.start(signal);
  // The connection is opened after an asynchronous step of `start`.
  await new Promise((resolve) => setImmediate(resolve));
  const gone = disconnected(mute, /did not answer within 10000 ms/);
  clock.advance(10_000);
  await gone;
  await mute.stop();
  proxy.close();
  await backend.stop();
});

test('`auto` falls back to MQTT 3.1.1 at once where the version is refused, and keeps what worked', async () => {
  const backend = await embedded();
  const lines: string[] = [];
  const broker = new MqttBroker(
    {
      url: backend.url,
      protocol: 'auto',
      clientId: 'x',
      will: { topic: 'w', payload: 'offline' },
      // No second attempt would come in the time of this test.
      backoff: { firstMs: 3_600_000, maxMs: 3_600_000 },
    },
    { clock: new SystemClock(), log: recording(lines) },
  );
  await broker.start(signal);
  await connected(broker);
  assert.match(lines.join('\n'), /MQTT 3\.1\.1/);
  await broker.stop();
  const strict = makeBroker(backend.url, { protocol: '5' });
  await strict.start(signal);
  assert.match(await disconnected(strict, /refused/), /Unacceptable protocol version/);
  await strict.stop();
  await backend.stop();
});

test('`auto` falls back where the broker hangs up on MQTT 5', async () => {
  const backend = await embedded();
  const levels: number[] = [];
  const server = createServer((socket) => {
    socket.once('data', (chunk) => {
      // CONNECT: fixed header, length, then 00 04 'MQTT' and the protocol level.
      const level = chunk[chunk.indexOf('MQTT') + 4] as number;
      levels.push(level);
      if (level === 5) socket.destroy();
      else socket.write(Buffer.from([0x20, 2, 0, 0]));
    });
    socket.on('error', () => {});
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const broker = makeBroker(`mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await broker.start(signal);
  await connected(broker);
  assert.deepEqual(levels, [5, 4]);
  await broker.stop();
  server.close();
  await backend.stop();
});

test('a refused log-in is a state that says so, without the password', {
  skip: withoutMosquitto,
}, async () => {
  const lines: string[] = [];
  const mosquitto = await startMosquitto(['allow_anonymous false']);
  for (const protocol of ['5', '3.1.1'] as const) {
    const broker = new MqttBroker(
      {
        url: `mqtt://limen:s3cret@127.0.0.1:${mosquitto.port}`,
        protocol,
        clientId: 'x',
        will: { topic: 'w', payload: 'offline' },
      },
      { clock: new SystemClock(), log: recording(lines) },
    );
    await broker.start(signal);
    const reason = await disconnected(broker, /refused/);
    assert.match(reason, /^mqtt:\/\/127\.0\.0\.1:\d+ refused: .*(Not authorized|Bad [Uu]ser).*; check /);
    assert.equal(broker.url, `mqtt://127.0.0.1:${mosquitto.port}`);
    await broker.stop();
  }
  assert.match(lines.join('\n'), /refused/);
  assert.doesNotMatch(lines.join('\n'), /s3cret/);
  await mosquitto.close();
});

test('a publish that the access rules forbid is `broker_refused` over MQTT 5; the connection stays', {
  skip: withoutMosquitto,
}, async () => {
  const rules = 'topic readwrite limen/#\n';
  const mosquitto = await startMosquitto(['allow_anonymous true', 'acl_file %d/acl'], { acl: rules });
  const broker = makeBroker(`mqtt://127.0.0.1:${mosquitto.port}`, { protocol: '5' });
  await broker.start(signal);
  await connected(broker);
  await assert.rejects(broker.publish('elsewhere', 'x', { qos: 1, retain: false }), {
    code: 'broker_refused',
    message:
      "the broker refused elsewhere: Publish error: Not authorized (135); check the broker's access rules for this user",
  });
  await broker.publish('limen/box/event', 'x', { qos: 1, retain: false });
  await broker.stop();
  await mosquitto.close();
});

test('more publishes at once than may wait are refused as `busy`, not collected', async () => {
  const backend = await embedded();
  const broker = makeBroker(backend.url, { maxInFlight: 4 });
  await broker.start(signal);
  await connected(broker);
  const results = await Promise.allSettled(
    Array.from({ length: 300 }, (_, n) => broker.publish('n', String(n), { qos: 1, retain: false })),
  );
  const refused = results.filter((result) => result.status === 'rejected');
  assert.equal(refused.length, 300 - 4 - 256);
  for (const { reason } of refused) assert.equal(reason.code, 'busy');
  await broker.stop();
  await backend.stop();
});

test('the Receive Maximum of the broker bounds what is under way, whatever ours is', async () => {
  let received = '';
  const acknowledge: (() => void)[] = [];
  const server = createServer((socket) => {
    // CONNACK with Receive Maximum 2 (property 0x21), then a PUBACK for the first packet when told.
    socket.once('data', () => {
      socket.on('data', (chunk) => {
        received += chunk.toString('latin1');
      });
      socket.write(Buffer.from([0x20, 6, 0, 0, 3, 0x21, 0, 2]));
      acknowledge.push(() => socket.write(Buffer.from(`\x40\x02${firstIdentifier()}`, 'latin1')));
    });
    socket.on('error', () => {});
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const firstIdentifier = () => received.split('limited')[1]?.slice(0, 2);
  const arrived = () => received.split('limited').length - 1;
  const broker = makeBroker(`mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`, {
    protocol: '5',
    maxInFlight: 64,
  });
  await broker.start(signal);
  await connected(broker);
  const all = Array.from({ length: 10 }, () => broker.publish('limited', 'x', { qos: 1, retain: false }));
  const outcome = Promise.allSettled(all);
  // QoS 0 is not bounded by it, and sent on the same connection it shows that what came before has arrived.
  await broker.publish('marker', 'x', { qos: 0, retain: false });
  await until(() => received.includes('marker'));
  assert.equal(arrived(), 2);
  acknowledge[0]?.();
  await all[0];
  await until(() => arrived() === 3);
  await broker.stop();
  assert.equal((await outcome).filter(({ status }) => status === 'fulfilled').length, 1);
  server.close();
});

test('a handler that throws is logged and the next message still arrives', async () => {
  const backend = await embedded();
  const lines: string[] = [];
  const broker = new MqttBroker(
    { url: backend.url, protocol: '3.1.1', clientId: 'x', will: { topic: 'w', payload: 'offline' } },
    { clock: new SystemClock(), log: recording(lines) },
  );
  const got: string[] = [];
  broker.subscribe('in', (message) => {
    got.push(Buffer.from(message.payload).toString());
    throw new Error('broken handler');
  });
  await broker.start(signal);
  await connected(broker);
  await broker.publish('in', '1', { qos: 1, retain: false });
  await broker.publish('in', '2', { qos: 1, retain: false });
  await until(() => got.length === 2);
  assert.match(lines.join('\n'), /broken handler/);
  await broker.stop();
  await backend.stop();
});

test('an unusable URL stops the start and names the schemes', async () => {
  await assert.rejects(makeBroker('amqp://host').start(signal), {
    code: 'uri_unknown_scheme',
    message: 'a broker is not reached by amqp: (known: mqtt, mqtts)',
  });
  await assert.rejects(makeBroker('mqtt://user:pw@host/path').start(signal), (error: Error) => {
    assert.match(error.message, /mqtt:\/\/host has a path/);
    return !error.message.includes('pw');
  });
  await assert.rejects(makeBroker('broker.local').start(signal), { code: 'uri_invalid' });
});

async function untilConnected(broker: MqttBroker, clock: ManualClock): Promise<void> {
  while (broker.state.kind !== 'connected') {
    clock.advance(100);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function recording(lines: string[]): Log {
  const write = (fields: Record<string, unknown>, message: string) => {
    lines.push(`${message} ${JSON.stringify(fields)}`);
  };
  const log: Log = { debug: write, info: write, warn: write, error: write, child: () => log };
  return log;
}

test('a broker whose quota is used up is told from one that is gone, with what to do; nothing counts as sent', async () => {
  const server = createServer((socket) => {
    socket.once('data', () => {
      // PUBACK with Quota exceeded (0x97) to whatever comes
      socket.on('data', (chunk) => {
        const at = chunk.indexOf('quota/topic');
        if (at >= 0) socket.write(Buffer.from([0x40, 3, chunk[at + 11] ?? 0, chunk[at + 12] ?? 0, 0x97]));
      });
      socket.write(Buffer.from([0x20, 3, 0, 0, 0]));
    });
    socket.on('error', () => {});
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const broker = makeBroker(url, { protocol: '5' });
  await broker.start(signal);
  await connected(broker);
  await assert.rejects(broker.publish('quota/topic', 'x', { qos: 1, retain: false }), {
    code: 'broker_refused',
    message: /Quota exceeded \(151\); raise the broker's quota/,
  });
  assert.equal(broker.state.kind, 'connected');
  await broker.stop();
  server.close();
});
