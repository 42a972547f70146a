// How fast the journal drains through a broker, and how long one publish waits for its PUBACK.
// node --import tsx scripts/bench-mqtt.ts [events, default 20000]; needs mosquitto for its half.
// With --offline N: N events while there is no broker, a restart with the full journal, then the drain, checked by seq.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import { CURSOR } from '../src/api/mqtt/event-drain.ts';
import { MqttPublisher } from '../src/api/mqtt/publisher.ts';
import { lastWill } from '../src/api/mqtt/state.ts';
import { Topics } from '../src/api/mqtt/topics.ts';
import type { Broker } from '../src/core/ports/broker.ts';
import { EmbeddedBroker } from '../src/drivers/broker/embedded-broker.ts';
import { MqttBroker, type MqttBrokerOptions } from '../src/drivers/broker/mqtt-broker.ts';
import { JournalLog } from '../src/drivers/store/journal-log.ts';
import { SystemClock } from '../src/runtime/clock.ts';
import { Health } from '../src/runtime/health.ts';
import { silentLog as log } from '../src/runtime/logger.ts';

const MOSQUITTO = '/usr/sbin/mosquitto';
const offline = process.argv[2] === '--offline' ? Number(process.argv[3] ?? 250_000) : undefined;
const events = Number(offline ?? process.argv[2] ?? 20_000);
const clock = new SystemClock();
const { signal } = new AbortController();

async function bench(name: string, url: string, protocol: MqttBrokerOptions['protocol']): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'limen-bench-mqtt-'));
  const journal = new JournalLog({
    directory: join(directory, 'journal'),
    device: 'box',
    clock,
    log,
    keepDays: 30,
  });
  await journal.start();
  const body = {
    type: 'access.denied',
    reason: 'unknown_face',
    door: 'front',
    score: 0.21,
    distanceM: 1.2,
  } as const;
  for (let n = 1; n <= events; n++) {
    journal.append(body);
    // The journal holds a bounded number of events that are not on disk yet.
    if (n % 5_000 === 0) await journal.flush();
  }
  await journal.flush();
  const topics = new Topics({ prefix: 'limen', device: 'box' });
  const broker = new MqttBroker({ url, protocol, clientId: 'bench', will: lastWill(topics) }, { clock, log });
  await broker.start(signal);
  while (broker.state.kind !== 'connected') await turn();
  const latencies = await publishLatencies(broker, 2_000);

  const subscriber = await connectAsync(url, { protocolVersion: 4 });
  let received = 0;
  subscriber.on('message', () => received++);
  await subscriber.subscribeAsync('limen/box/front/event', { qos: 1 });
  const publisher = new MqttPublisher(
    { doors: ['front'], facesHz: 0 },
    { broker, journal, topics, clock, log, health: new Health() },
  );
  const from = performance.now();
  await publisher.start(signal);
  while (journal.cursor(CURSOR) < events) await turn();
  const drainedMs = performance.now() - from;
  while (received < events) await turn();
  const receivedMs = performance.now() - from;
  await publisher.stop();
  await broker.stop();
  await subscriber.endAsync(true);
  await journal.stop();
  await rm(directory, { recursive: true });
  const perSecond = (ms: number) => `${Math.round(events / (ms / 1_000))}/s`;
  process.stdout.write(
    `${name}: ${events} events acknowledged ${perSecond(drainedMs)}, at a subscriber ${perSecond(receivedMs)}; ` +
      `one publish to PUBACK p50 ${quantile(latencies, 0.5)} ms, p99 ${quantile(latencies, 0.99)} ms\n`,
  );
}

async function publishLatencies(broker: Broker, count: number): Promise<number[]> {
  const latencies: number[] = [];
  for (let n = 0; n < count; n++) {
    const from = performance.now();
    await broker.publish('bench/latency', 'x'.repeat(300), { qos: 1, retain: false });
    latencies.push(performance.now() - from);
  }
  return latencies.sort((a, b) => a - b);
}

function quantile(sorted: readonly number[], q: number): string {
  return (sorted[Math.floor(sorted.length * q)] ?? Number.NaN).toFixed(2);
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}

/** Events while no broker is there, kept over a restart of the daemon, then drained into `url`. */
async function benchOffline(
  name: string,
  url: string,
  protocol: MqttBrokerOptions['protocol'],
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'limen-bench-offline-'));
  const options = { directory: join(directory, 'journal'), device: 'box', clock, log, keepDays: 30 };
  const first = new JournalLog(options);
  await first.start();
  let from = performance.now();
  for (let n = 1; n <= events; n++) {
    first.append(offlineBody(n));
    if (n % 5_000 === 0) await first.flush();
  }
  await first.flush();
  const appendMs = performance.now() - from;
  await first.stop();
  const files = (await readdir(options.directory)).filter((file) => file.endsWith('.seg'));
  const sizes = await Promise.all(
    files.map(async (file) => (await stat(join(options.directory, file))).size),
  );
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  from = performance.now();
  const journal = new JournalLog(options);
  await journal.start();
  const startMs = performance.now() - from;
  const topics = new Topics({ prefix: 'limen', device: 'box' });
  const subscriber = await connectAsync(url, { protocolVersion: 4 });
  const seqs = new Set<number>();
  let backwards = 0;
  let last = 0;
  subscriber.on('message', (_topic, payload) => {
    const { seq } = JSON.parse(payload.toString()) as { seq: number };
    if (seq < last) backwards++;
    last = seq;
    seqs.add(seq);
  });
  await subscriber.subscribeAsync(['limen/box/front/event', 'limen/box/event'], { qos: 1 });
  const broker = new MqttBroker({ url, protocol, clientId: 'bench', will: lastWill(topics) }, { clock, log });
  const publisher = new MqttPublisher(
    { doors: ['front'], facesHz: 0 },
    { broker, journal, topics, clock, log, health: new Health() },
  );
  from = performance.now();
  await broker.start(signal);
  await publisher.start(signal);
  while (journal.cursor(CURSOR) < events || seqs.size < events) await turn();
  const drainMs = performance.now() - from;
  await publisher.stop();
  await broker.stop();
  await subscriber.endAsync(true);
  await journal.stop();
  await rm(directory, { recursive: true });
  process.stdout.write(
    `${name}: ${events} events offline in ${seconds(appendMs)} (${(bytes / events).toFixed(0)} bytes each on disk, ` +
      `${files.length} segments), restart in ${seconds(startMs)}, drained in ${seconds(drainMs)}; ` +
      `${events - seqs.size} missing, ${backwards} out of order, ` +
      `${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MB resident\n`,
  );
}

/** What a busy door writes: grants with everything, denials, and now and then an administrator. */
function offlineBody(n: number) {
  if (n % 500 === 0) {
    return { type: 'person.enrolled', person: { gallery: 'default', id: `p${n}` }, actor: 'cli' } as const;
  }
  const seen = {
    door: 'front',
    score: 0.71,
    margin: 0.3,
    distanceM: 1.2,
    distanceErrorM: 0.2,
    liveness: 'live',
  } as const;
  return n % 3 === 0
    ? ({
        ...seen,
        type: 'access.granted',
        person: { gallery: 'default', id: `person-${n % 500}` },
        relay: 'pulsed',
        latencyMs: 46,
        expiresAt: '2030-01-01T00:00:03.000Z',
      } as const)
    : ({ ...seen, type: 'access.denied', reason: 'unknown_face' } as const);
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

const measure = offline === undefined ? bench : benchOffline;

const embedded = new EmbeddedBroker({ port: 0 }, { clock, log, health: new Health() });
await embedded.start(signal);
await measure('embedded broker, MQTT 3.1.1', embedded.url as string, '3.1.1');
await embedded.stop();

if (existsSync(MOSQUITTO)) {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  const directory = await mkdtemp(join(tmpdir(), 'limen-bench-mosquitto-'));
  const config = join(directory, 'mosquitto.conf');
  await writeFile(config, `listener ${port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n`);
  const child = spawn(MOSQUITTO, ['-c', config], { stdio: 'ignore' });
  for (const protocol of ['5', '3.1.1'] as const) {
    await measure(`mosquitto, MQTT ${protocol}`, `mqtt://127.0.0.1:${port}`, protocol);
  }
  child.kill();
  await once(child, 'exit');
  await rm(directory, { recursive: true });
} else process.stdout.write('mosquitto: not installed, not measured\n');
