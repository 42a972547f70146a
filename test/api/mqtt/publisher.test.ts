import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { connectAsync } from 'mqtt';
import { CURSOR } from '../../../src/api/mqtt/event-drain.ts';
import { MqttPublisher } from '../../../src/api/mqtt/publisher.ts';
import { lastWill } from '../../../src/api/mqtt/state.ts';
import { Topics } from '../../../src/api/mqtt/topics.ts';
import type { Journal } from '../../../src/core/ports/journal.ts';
import { EmbeddedBroker } from '../../../src/drivers/broker/embedded-broker.ts';
import { JournalLog } from '../../../src/drivers/store/journal-log.ts';
import { MemoryJournal } from '../../../src/drivers/store/memory-journal.ts';
import { SystemClock } from '../../../src/runtime/clock.ts';
import { Health } from '../../../src/runtime/health.ts';
import { silentLog } from '../../../src/runtime/logger.ts';
import { makeBroker, until } from '../../contract/broker.ts';
import { startMosquitto, withoutMosquitto } from '../../drivers/broker/mosquitto.ts';
import { connected, disconnected, Observer, type Seen } from '../../drivers/broker/observer.ts';
import { startTcpProxy } from '../../drivers/broker/tcp-proxy.ts';

const signal = new AbortController().signal;
const clock = new SystemClock();
const topics = new Topics({ prefix: 'limen', device: 'box' });

function daemonPart(url: string, journal: Journal, protocol: 'auto' | '5' = 'auto') {
  const health = new Health();
  const broker = makeBroker(url, { protocol, will: lastWill(topics) });
  const publisher = new MqttPublisher(
    { doors: ['front'], facesHz: 5, backoff: { firstMs: 10, maxMs: 50 } },
    { broker, journal, topics, clock, log: silentLog, health },
  );
  return {
    health,
    broker,
    publisher,
    start: async () => {
      await broker.start(signal);
      await publisher.start(signal);
    },
    stop: async () => {
      await publisher.stop();
      await broker.stop();
    },
  };
}

function memoryJournal(events: number): MemoryJournal {
  const journal = new MemoryJournal({ device: 'box', clock });
  for (let n = 0; n < events; n++) journal.append({ type: 'face.unknown', door: 'front' });
  return journal;
}

/** Every event of 1 … `count` arrived, and ignoring repetitions they arrived in order. */
function assertComplete(seen: readonly Seen[], count: number): void {
  const seqs = [...new Set(seen.filter(({ topic }) => topic.endsWith('/event')).map(seqOf))];
  assert.deepEqual(
    seqs,
    Array.from({ length: count }, (_, n) => n + 1),
  );
}

function seqOf({ text }: { readonly text: string }): number {
  return JSON.parse(text).seq;
}

async function embedded(port = 0): Promise<EmbeddedBroker> {
  const broker = new EmbeddedBroker({ port }, { clock, log: silentLog, health: new Health() });
  await broker.start(signal);
  return broker;
}

test('a broker restarted during a drain of 5,000 events: all of them at the subscriber, in order', {
  skip: withoutMosquitto,
}, async () => {
  const mosquitto = await startMosquitto([
    'allow_anonymous true',
    'persistence true',
    'persistence_location %d/',
    'max_queued_messages 0',
  ]);
  const url = `mqtt://127.0.0.1:${mosquitto.port}`;
  // The subscriber's session outlives the restarts, as the broker's own store does.
  const subscriber = await connectAsync(url, { clean: false, clientId: 'watcher', reconnectPeriod: 20 });
  const seen: Seen[] = [];
  subscriber.on('message', (topic, payload, { retain }) =>
    seen.push({ topic, text: payload.toString(), retain }),
  );
  await subscriber.subscribeAsync('limen/#', { qos: 1 });
  const daemon = daemonPart(url, memoryJournal(5_000));
  await daemon.start();
  for (const at of [500, 2_000, 3_500]) {
    await until(() => seen.length >= at);
    await mosquitto.restart();
  }
  await until(() => seen.some(({ text }) => text.includes('"seq":5000,')));
  assertComplete(seen, 5_000);
  await daemon.stop();
  await subscriber.endAsync(true);
  await mosquitto.close();
});

test('a connection that is cut again and again during a drain loses nothing and keeps the order', async () => {
  const backend = await embedded();
  const proxy = await startTcpProxy(Number(new URL(backend.url as string).port));
  const observer = await Observer.connect(backend.url as string, 'limen/#');
  const journal = memoryJournal(3_000);
  const daemon = daemonPart(proxy.url, journal);
  await daemon.start();
  for (let cut = 1; cut <= 15; cut++) {
    await until(() => journal.cursor(CURSOR) >= cut * 150);
    proxy.cut();
    await disconnected(daemon.broker);
  }
  await until(() => journal.cursor(CURSOR) === 3_000);
  await observer.message((seen) => seen.topic.endsWith('/event') && seqOf(seen) === 3_000);
  assertComplete(observer.seen, 3_000);
  await daemon.stop();
  await observer.close();
  proxy.close();
  await backend.stop();
});

test('1,000 reconnects, an event before each: every seq arrives, in order', async () => {
  const backend = await embedded();
  const proxy = await startTcpProxy(Number(new URL(backend.url as string).port));
  const observer = await Observer.connect(backend.url as string, 'limen/+/+/event');
  const journal = memoryJournal(0);
  const health = new Health();
  const broker = makeBroker(proxy.url, {
    protocol: '3.1.1',
    will: lastWill(topics),
    backoff: { firstMs: 0, maxMs: 0 },
  });
  const parts = { broker, journal, topics, clock, log: silentLog, health };
  const publisher = new MqttPublisher({ doors: ['front'], facesHz: 0 }, parts);
  await broker.start(signal);
  await publisher.start(signal);
  for (let cut = 1; cut <= 1_000; cut++) {
    await connected(broker);
    journal.append({ type: 'face.unknown', door: 'front' });
    // now and then in the middle of a publish, now and then after its acknowledgement
    if (cut % 3 === 0) await until(() => journal.cursor(CURSOR) === cut);
    proxy.cut();
    await disconnected(broker);
  }
  await until(() => journal.cursor(CURSOR) === 1_000);
  await observer.message((seen) => seqOf(seen) === 1_000);
  assertComplete(observer.seen, 1_000);
  await publisher.stop();
  await broker.stop();
  await observer.close();
  proxy.close();
  await backend.stop();
});

test('a publisher that is restarted goes on behind its cursor, without repeating what was acknowledged', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'limen-publisher-'));
  const backend = await embedded();
  const observer = await Observer.connect(backend.url as string, 'limen/#');
  for (const round of [1, 2, 3]) {
    const journal = new JournalLog({ directory, device: 'box', clock, log: silentLog, keepDays: 30 });
    await journal.start();
    const daemon = daemonPart(backend.url as string, journal);
    for (let n = 0; n < 100; n++) journal.append({ type: 'face.unknown', door: 'front' });
    await daemon.start();
    await until(() => journal.cursor(CURSOR) === round * 100);
    await daemon.stop();
    await journal.stop();
  }
  await observer.message((seen) => seen.topic.endsWith('/event') && seqOf(seen) === 300);
  const events = observer.seen.filter(({ topic }) => topic.endsWith('/event'));
  assert.equal(events.length, 300);
  assertComplete(events, 300);
  await observer.close();
  await backend.stop();
  await rm(directory, { recursive: true });
});

test('SIGKILL of the daemon while draining: the next one delivers the rest, nothing is missing', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'limen-publisher-'));
  const backend = await embedded();
  const observer = await Observer.connect(backend.url as string, 'limen/#');
  const events = () => observer.seen.filter(({ topic }) => topic.endsWith('/event'));
  const run = () =>
    spawn(
      process.execPath,
      [
        '--import',
        'tsx',
        join(import.meta.dirname, 'draining-daemon.ts'),
        backend.url as string,
        join(directory, 'journal'),
        '4000',
      ],
      { stdio: 'inherit' },
    );
  for (const at of [300, 1_200]) {
    const child = run();
    await observer.message((seen) => seen.topic.endsWith('/event') && seqOf(seen) >= at);
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  const last = run();
  await observer.message((seen) => seen.topic.endsWith('/event') && seqOf(seen) === 4_000);
  const distinct = new Set(events().map(seqOf));
  assert.equal(distinct.size, 4_000);
  assertInOrderPerRun(events().map(seqOf));
  last.kill('SIGKILL');
  await once(last, 'exit');
  await observer.close();
  await backend.stop();
  await rm(directory, { recursive: true });
});

/** Each process begins behind its cursor and goes up by one; only a new process may go back. */
function assertInOrderPerRun(seqs: readonly number[]): void {
  const steps = seqs.slice(1).map((seq, index) => seq - (seqs[index] as number));
  assert.equal(steps.filter((step) => step > 1).length, 0, 'no gap');
  assert.ok(steps.filter((step) => step < 1).length <= 2, 'no more steps back than restarts');
}

test('a broker that forbids the topic: a state that says so, the cursor stays, and it heals', {
  skip: withoutMosquitto,
}, async () => {
  const mosquitto = await startMosquitto(['allow_anonymous true', 'acl_file %d/acl'], {
    acl: 'topic readwrite limen/box/availability\ntopic readwrite limen/box/front/state\n',
  });
  const journal = memoryJournal(10);
  const daemon = daemonPart(`mqtt://127.0.0.1:${mosquitto.port}`, journal, '5');
  await daemon.start();
  const mqtt = () => daemon.health.snapshot().components.mqtt;
  await until(() => /refused/.test(mqtt()?.detail ?? ''));
  assert.deepEqual(mqtt(), {
    status: 'degraded',
    detail:
      'the broker refused limen/box/front/event: Publish error: Not authorized (135); ' +
      "check the broker's access rules for this user",
  });
  assert.equal(journal.cursor(CURSOR), 0);
  assert.equal(daemon.publisher.backlog, 10);
  await writeFile(join(mosquitto.directory, 'acl'), 'topic readwrite limen/#\n');
  mosquitto.reload();
  await until(() => journal.cursor(CURSOR) === 10);
  assert.equal(mqtt()?.status, 'ok');
  await daemon.stop();
  await mosquitto.close();
});

test('availability and state are retained, come back to a broker that forgot them, and end with offline', async () => {
  const first = await embedded();
  const port = Number(new URL(first.url as string).port);
  const daemon = daemonPart(first.url as string, memoryJournal(0));
  await daemon.start();
  daemon.publisher.doorState('front', { door: 'locked', relay: 'none', camera: 'ok' });
  daemon.publisher.doorState('unknown door', { door: 'open' });
  for (const backend of [first, undefined]) {
    const running = backend ?? (await embedded(port));
    const observer = await Observer.connect(running.url as string, 'limen/#');
    await observer.count(2);
    assert.deepEqual(
      new Map(observer.seen.map(({ topic, text }) => [topic, text])),
      new Map([
        ['limen/box/availability', 'online'],
        ['limen/box/front/state', '{"door":"locked","relay":"none","camera":"ok"}'],
      ]),
    );
    await observer.close();
    if (backend !== undefined) {
      await backend.stop();
      await disconnected(daemon.broker);
    } else {
      await daemon.stop();
      const late = await Observer.connect(running.url as string, 'limen/box/availability');
      assert.equal((await late.message(() => true)).text, 'offline');
      await late.close();
      await running.stop();
    }
  }
});

test('a retained, replayed or forged message on any topic of the daemon makes it say and do nothing', async () => {
  const backend = await embedded();
  const observer = await Observer.connect(backend.url as string, '#');
  await observer.publish('limen/box/front/request/unlock', '{"transaction":"1"}', true);
  await observer.publish('limen/box/front/event', '{"type":"access.granted"}', true);
  const journal = memoryJournal(0);
  const daemon = daemonPart(backend.url as string, journal);
  await daemon.start();
  await observer.message((seen) => seen.text === 'online');
  await observer.publish('limen/box/front/request/unlock', '{"transaction":"2"}');
  await daemon.stop();
  await observer.message((seen) => seen.text === 'offline');
  assert.equal(journal.lastSeq, 0);
  assert.equal(observer.seen.length, 5);
  await observer.close();
  await backend.stop();
});
