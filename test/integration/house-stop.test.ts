import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, suite, type TestContext, test } from 'node:test';
import type { LimenEvent } from '../../src/core/events.ts';
import { EmbeddedBroker } from '../../src/drivers/broker/embedded-broker.ts';
import { JournalLog } from '../../src/drivers/store/journal-log.ts';
import { PeopleVault } from '../../src/drivers/store/people-vault.ts';
import { StateLock } from '../../src/drivers/store/state-lock.ts';
import { SystemClock } from '../../src/runtime/clock.ts';
import { Health } from '../../src/runtime/health.ts';
import { silentLog } from '../../src/runtime/logger.ts';
import { Observer } from '../drivers/broker/observer.ts';
import { type HumanPack, openHumanPack, PHOTOGRAPH, packageFaces, room } from '../fixtures/package-faces.ts';
import { scratch } from '../fixtures/scratch.ts';
import { Daemon } from './daemon.ts';
import { callHttp, commonConfig, Scene } from './house.ts';

const log = silentLog;
const clock = new SystemClock();

/** The building's broker, which outlives the daemon. */
async function buildingBroker(t: TestContext): Promise<{ url: string; listener: Observer }> {
  const broker = new EmbeddedBroker({ port: 0 }, { clock, log, health: new Health() });
  await broker.start(new AbortController().signal);
  const listener = await Observer.connect(broker.url ?? '');
  t.after(async () => {
    await listener.close();
    await broker.stop();
  });
  return { url: broker.url ?? '', listener };
}

/** What the state directory holds once nobody runs over it. */
async function reopened(t: TestContext, state: string) {
  const lock = new StateLock({ directory: state, log });
  const people = new PeopleVault({ stateDir: state, log });
  const directory = join(state, 'journal');
  const journal = new JournalLog({ directory, device: 'test', keepDays: 90, clock, log });
  t.after(async () => {
    await journal.stop();
    await people.stop();
    await lock.stop();
  });
  await lock.start();
  await people.start();
  await journal.start();
  return { people: await people.list(), events: await journal.read(0, 10_000) };
}

suite('the end of the daemon, as a process', () => {
  let pack: HumanPack;
  let faces: Awaited<ReturnType<typeof packageFaces>>;

  before(async () => {
    pack = await openHumanPack();
    faces = await packageFaces(pack);
  });
  after(() => pack?.close());

  /** A daemon that lets the resident in, told over MQTT, with enrolments under way; ended in mid-pulse. */
  async function endedInMidPulse(t: TestContext, signal: NodeJS.Signals) {
    const directory = scratch();
    const { url, listener } = await buildingBroker(t);
    const state = join(directory, 'state');
    const picture = await room({ image: faces.resident[0], heightPx: 200 });
    const scene = await Scene.open(directory, 'camera', picture);
    const config = [
      ...commonConfig(pack.modelsDir),
      `camera: '${scene.uri}'`,
      "door: { relay: 'memory:', holdMs: 60000 }",
      `mqtt: { url: '${url}', protocol: 3.1.1 }`,
    ];
    const daemon = await Daemon.start(t, { directory, state, config });
    const acknowledged: string[] = [];
    const enrol = async (id: string) => {
      const path = `/v1/people/default/${id}/faces?force=true`;
      const { status } = await callHttp(daemon.url, 'POST', path, PHOTOGRAPH);
      if (status === 201) acknowledged.push(id);
    };
    await enrol('resident');
    await listener.message(({ topic, text }) => topic.endsWith('/event') && text.includes('door.unlocked'));
    await enrol('before');
    const under = ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => enrol(id).catch(() => undefined));
    const code = await daemon.end(signal);
    await Promise.all(under);
    const { people, events } = await reopened(t, state);
    const stored = people.map(({ id }) => id);
    for (const id of acknowledged) assert.ok(stored.includes(id), `${id} was acknowledged and is gone`);
    assert.ok(acknowledged.includes('before'));
    return { code, events, listener };
  }

  test('SIGTERM in mid-pulse: the door is locked and told, nothing acknowledged is lost', async (t) => {
    const { code, events, listener } = await endedInMidPulse(t, 'SIGTERM');
    assert.equal(code, 0);
    const stopping = events.findIndex(({ type }) => type === 'daemon.stopping');
    const locked = events[stopping - 1];
    assert.deepEqual([locked?.type, locked?.reason, locked?.relay], ['door.locked', 'stopping', 'off']);
    await listener.message(({ topic, text }) => topic === 'limen/test/availability' && text === 'offline');
    const heard = listener.seen
      .filter(({ topic }) => topic.endsWith('/event'))
      .map(({ text }) => (JSON.parse(text) as LimenEvent).id);
    // an enrolment that was under way may still be told at the next start
    const told = events.slice(0, stopping + 1).map(({ id }) => id);
    assert.deepEqual(heard.slice(0, told.length), told);
    const state = listener.seen.findLast(({ topic }) => topic === 'limen/test/front/state');
    assert.equal((JSON.parse(state?.text ?? '{}') as { door?: string }).door, 'locked');
  });

  test('SIGKILL in mid-pulse: nothing acknowledged is lost, grant and pulse are on disk', async (t) => {
    const { code, events, listener } = await endedInMidPulse(t, 'SIGKILL');
    assert.equal(code, 'SIGKILL');
    const types = events.map(({ type }) => type);
    for (const type of ['access.granted', 'door.unlocked'] as const) assert.ok(types.includes(type), type);
    await listener.message(({ topic, text }) => topic === 'limen/test/availability' && text === 'offline');
  });
});
