import { join } from 'node:path';
import { MqttPublisher } from '../../src/api/mqtt/publisher.ts';
import { lastWill } from '../../src/api/mqtt/state.ts';
import { Topics } from '../../src/api/mqtt/topics.ts';
import { LimenError } from '../../src/core/errors.ts';
import type { LimenEvent } from '../../src/core/events.ts';
import type { FaceObservation } from '../../src/core/observation.ts';
import type { Person, PersonRef } from '../../src/core/person.ts';
import { EmbeddedBroker } from '../../src/drivers/broker/embedded-broker.ts';
import { MqttBroker } from '../../src/drivers/broker/mqtt-broker.ts';
import { type EnergisedInterval, MemoryRelay } from '../../src/drivers/relay/memory.ts';
import { JournalLog } from '../../src/drivers/store/journal-log.ts';
import { ManualClock, SystemClock } from '../../src/runtime/clock.ts';
import { Health } from '../../src/runtime/health.ts';
import { silentLog as log } from '../../src/runtime/logger.ts';
import { Gatekeeper } from '../../src/services/access/gatekeeper.ts';
import { ACCESS_DEFAULTS } from '../../src/services/access/policy.ts';
import { Door } from '../../src/services/door/door.ts';
import { Observer } from '../drivers/broker/observer.ts';
import { look } from '../services/access/evidence-of.ts';

const EPOCH = new Date('2026-06-01T06:00:00Z');
const DOOR = 'front';
const SIGNAL = new AbortController().signal;

/** Time that moves from one timer to the next, with everything each brings done in between. */
class SteppedClock extends ManualClock {
  readonly #dues = new Set<number>();

  override after(delayMs: number, callback: () => void): () => void {
    this.#dues.add(this.nowMs() + Math.max(0, delayMs));
    return super.after(delayMs, callback);
  }

  async pass(ms: number): Promise<void> {
    await settle();
    const untilMs = this.nowMs() + ms;
    for (;;) {
      const due = Math.min(...this.#dues);
      if (!(due <= untilMs)) break;
      this.#dues.delete(due);
      this.advanceTo(Math.max(this.nowMs(), due));
      await settle();
    }
    this.advanceTo(untilMs);
    await settle();
  }
}

/** Lets everything that is already due run. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

class FaultyRelay extends MemoryRelay {
  readonly energisedAt: EnergisedInterval[] = [];
  refuses: 'nothing' | 'energise' | 'release' = 'nothing';

  override async set(energised: boolean): Promise<void> {
    if (this.refuses === (energised ? 'energise' : 'release')) throw new LimenError('relay_fault', 'EIO');
    const before = this.intervals.length;
    await super.set(energised);
    const newest = this.intervals.at(-1);
    if (newest === undefined) return;
    if (this.intervals.length > before || this.energisedAt.length === 0) this.energisedAt.push(newest);
    else this.energisedAt[this.energisedAt.length - 1] = newest;
  }
}

/** Numbers that are the same for the same seed (xorshift32), 0 … 1. */
function seeded(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b1) | 1; // neighbouring seeds far apart
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

export interface TrafficResult {
  readonly visits: number;
  /** What the line did, ms on the monotonic clock. */
  readonly energised: readonly (readonly [onMs: number, offMs: number])[];
  /** The same, out of what the journal says. */
  readonly journalled: readonly (readonly [onMs: number, offMs: number])[];
  /** As read back from the disk. */
  readonly events: readonly LimenEvent[];
  /** As an ordinary MQTT client received them. */
  readonly received: readonly LimenEvent[];
}

/** Visits with faults at one door: gatekeeper, door, relay, journal on disk, broker, and somebody who listens. */
export async function doorTraffic(options: {
  visits: number;
  seed: number;
  directory: string;
}): Promise<TrafficResult> {
  const clock = new SteppedClock({ epoch: EPOCH, synced: true });
  const real = new SystemClock();
  const health = new Health();
  const journal = new JournalLog({
    directory: join(options.directory, 'journal'),
    device: 'sim',
    clock,
    log,
    keepDays: 3_650,
  });
  const embedded = new EmbeddedBroker({ port: 0 }, { clock: real, log, health });
  const topics = new Topics({ prefix: 'limen', device: 'sim' });
  const link = {
    url: () => embedded.url,
    protocol: '3.1.1',
    clientId: 'limen-sim',
    will: lastWill(topics),
  } as const;
  const broker = new MqttBroker(link, { clock: real, log });
  const publisher = new MqttPublisher(
    { doors: [DOOR], facesHz: 0 },
    { broker, journal, topics, clock: real, log, health },
  );
  const relay = new FaultyRelay('memory:', clock);
  const door = new Door({ id: DOOR, relay, rules: { exitButton: true }, contact: true, journal, clock, log });
  await journal.start();
  await embedded.start(SIGNAL);
  const observer = await Observer.connect(embedded.url ?? '', topics.event(DOOR));
  await broker.start(SIGNAL);
  await publisher.start(SIGNAL);
  await door.start(SIGNAL);
  door.level('contact', false);
  door.level('exitButton', false);
  try {
    await traffic({ ...options, clock, door, relay, journal });
    await door.stop();
    await journal.flush();
    await observer.count(journal.lastSeq);
    const events: LimenEvent[] = [];
    while (events.length < journal.lastSeq) events.push(...(await journal.read(events.length, 1_000)));
    return {
      visits: options.visits,
      energised: relay.energisedAt.map(({ onMs, offMs }) => [onMs, offMs ?? Number.NaN] as const),
      journalled: intervalsOf(events),
      events,
      received: observer.seen.map(({ text }) => JSON.parse(text) as LimenEvent),
    };
  } finally {
    await door.stop();
    await publisher.stop();
    await broker.stop();
    await observer.close();
    await embedded.stop();
    await journal.stop();
  }
}

/** The line as the journal tells it: energised with `door.unlocked`, released with the next `door.locked`. */
function intervalsOf(events: readonly LimenEvent[]): (readonly [number, number])[] {
  const intervals: (readonly [number, number])[] = [];
  let onMs: number | undefined;
  for (const { type, relay, at } of events) {
    const atMs = Date.parse(at) - EPOCH.getTime();
    if (type === 'door.unlocked' && relay === 'pulsed') onMs = atMs;
    if (type !== 'door.locked' || onMs === undefined) continue;
    intervals.push([onMs, atMs]);
    onMs = undefined;
  }
  return intervals;
}

async function traffic(parts: {
  visits: number;
  seed: number;
  clock: SteppedClock;
  door: Door;
  relay: FaultyRelay;
  journal: JournalLog;
}): Promise<void> {
  const { clock, door, relay, journal } = parts;
  const random = seeded(parts.seed);
  const chance = (of: number) => random() < of;
  const between = (low: number, high: number) => Math.floor(low + random() * (high - low));
  let storeFails = false;
  const get = async (ref: PersonRef): Promise<Person | undefined> => {
    if (storeFails) throw new LimenError('store_fault', 'EIO');
    return { ...ref, createdAt: EPOCH.toISOString(), enabled: ref.id !== 'person-0', faces: [] };
  };
  const policy = { ...ACCESS_DEFAULTS, threshold: 0.4, margin: 0.05, lead: 0.05 };
  const gatekeeper = new Gatekeeper({ door: DOOR, policy, people: { get }, lock: door, journal, clock, log });
  let seq = 0;
  const show = async (frames: number, late: number, faces: Partial<FaceObservation>[]) => {
    for (let i = 0; i < frames; i++) {
      const capturedAtMs = clock.nowMs();
      await clock.pass(late);
      const seen = faces.map((face) => look(0, { ...face, frameSeq: seq, capturedAtMs }));
      seq++;
      await gatekeeper.observe({ faces: seen });
      await clock.pass(60);
    }
  };
  for (let visit = 1; visit <= parts.visits; visit++) {
    await clock.pass(between(200, 20_000));
    relay.refuses = chance(0.02) ? 'energise' : 'nothing';
    storeFails = chance(0.01);
    if (chance(0.01)) door.setMode(chance(0.5) ? 'lockdown' : 'held_open', 'commanded');
    else if (door.mode !== 'normal' && chance(0.3)) door.setMode('normal', 'normal');
    if (chance(0.01)) door.level('fire', true);
    if (chance(0.05)) void door.unlock({ cause: 'http', actor: 'http:127.0.0.1' });
    const known = chance(0.85);
    const person = { gallery: 'default', id: `person-${between(0, 40)}` };
    const face: Partial<FaceObservation> = {
      trackId: visit,
      match: { person, score: known ? 0.7 : 0.1, margin: 0.4 },
      liveness: chance(0.97) ? 0.9 : 0.05,
    };
    const behind = chance(0.05) ? [{ trackId: -visit, match: { person, score: 0.1, margin: 0 } }] : [];
    await show(between(3, 9), chance(0.03) ? 600 : 20, [face, ...behind]);
    if (chance(0.02)) relay.refuses = 'release';
    if (chance(0.1)) {
      door.level('exitButton', true);
      door.level('exitButton', false);
    }
    if (chance(0.02)) await door.lock('cli');
    await clock.pass(between(0, 2_500));
    if (chance(0.8)) {
      door.level('contact', true);
      await clock.pass(chance(0.02) ? 40_000 : between(500, 5_000));
      door.level('contact', false);
    }
    if (chance(0.01)) await clock.pass(10_000);
    relay.refuses = 'nothing';
    if (door.state.inputs.fire) door.level('fire', false);
  }
  relay.refuses = 'nothing';
  await clock.pass(60_000);
}
