import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommonArgs, Io } from '../../api/cli/verbs.ts';
import { buildHouse, type House } from '../../app.ts';
import { type Config, parseConfig } from '../../config/config.ts';
import { LimenError } from '../../core/errors.ts';
import type { LimenEvent } from '../../core/events.ts';
import { delay } from '../../core/ports/clock.ts';
import { EmbeddedBroker } from '../../drivers/broker/embedded-broker.ts';
import { MemoryRelay } from '../../drivers/relay/memory.ts';
import { Health } from '../../runtime/health.ts';
import { FRAME } from '../demo/scenes.ts';
import { DemoScreen } from '../demo/screen.ts';
import { type Stage, setStage } from '../demo/stage.ts';
import { Subscriber } from '../demo/subscriber.ts';
import { verdictOf } from '../demo/verdict.ts';
import { withOwnDesk } from '../desk/own-desk.ts';
import { mediaRoom } from '../media-room.ts';
import { openSession, type Session } from '../session.ts';
import { withPeopleCopy, withRecognition } from '../workbench.ts';

const PERSON = { gallery: 'default', id: 'resident' };
/** After the last picture: the pulse ends and the last messages arrive well within this. */
const CURTAIN_MS = 10_000;

/** `limen demo`: the production daemon with embedded parts, from nothing to an open door. */
export async function demo(args: CommonArgs, io: Io): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'limen-demo-'));
  try {
    return await play(args, io, directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function play(args: CommonArgs, io: Io, directory: string): Promise<number> {
  const outer = openSession(args, io, { quiet: true });
  const screen = new DemoScreen(io, args.json);
  await screen.opening();
  const { log, clock } = outer;
  const broker = new EmbeddedBroker({ port: 0 }, { clock, log, health: new Health() });
  await broker.start(io.signal);
  if (broker.url === undefined) throw new LimenError('port_in_use', 'no free port on loopback');
  const subscriber = new Subscriber(broker.url, { clock, log });
  try {
    const session = { ...outer, stateDir: directory, config: demoConfig(outer, directory, broker.url) };
    const stage = await prepare(session, io, screen);
    await subscriber.start(io.signal, (topic, payload) => screen.message(topic, payload));
    const house = await buildHouse({ ...session, env: io.env });
    return await perform(house, stage, subscriber, io, screen);
  } finally {
    await subscriber.stop();
    await broker.stop();
  }
}

/** Written and read as an owner's file would be: the demo has no configuration of its own kind. */
function demoConfig(outer: Session, directory: string, brokerUrl: string): Config {
  const yaml = [
    'device: demo',
    `camera: 'stills://${encodeURI(join(directory, 'camera'))}?intervalMs=${FRAME.intervalMs}'`,
    "door: { relay: 'memory:', holdMs: 1500 }",
    `mqtt: { url: '${brokerUrl}', protocol: 3.1.1 }`,
    'http: { port: 0 }',
    `models: { pack: ${outer.config.models.pack}, dir: ${JSON.stringify(join(outer.stateDir, 'models'))} }`,
  ].join('\n');
  const result = parseConfig(yaml, { hostname: 'demo' });
  if (result.ok) return result.config;
  throw new LimenError('internal_fault', result.problems.map(({ message }) => message).join('; '));
}

async function prepare(session: Session, io: Io, screen: DemoScreen): Promise<Stage> {
  const { config, clock, stateDir } = session;
  const media = mediaRoom({ config, clock, runtimeDir: stateDir });
  const stage = await withPeopleCopy(session, io, (nobody) =>
    withRecognition(session, io, { people: nobody, load: true }, async ({ engine }) => {
      await screen.modelsReady(engine.pack);
      return setStage(stateDir, media.images, engine);
    }),
  );
  const answer = await withOwnDesk(session, io, { load: true }, (desk) =>
    desk.enrol(PERSON, stage.photograph, { force: false }),
  );
  if (!answer.ok) throw new LimenError('internal_fault', `the demo's person: ${answer.message}`);
  await screen.stageReady(PERSON, stage.pictures, FRAME.intervalMs);
  return stage;
}

async function perform(
  house: House,
  stage: Stage,
  subscriber: Subscriber,
  io: Io,
  screen: DemoScreen,
): Promise<number> {
  const journalled: LimenEvent[] = [];
  house.journal.subscribe((event) => {
    journalled.push(event);
    screen.event(event);
  });
  const [room] = house.doors;
  const stopWatching = () => void room?.watch.stop();
  io.signal.addEventListener('abort', stopWatching, { once: true });
  try {
    await house.lifecycle.start(io.signal);
    await room?.watch.finished();
    await quiet(house, io.signal);
  } finally {
    io.signal.removeEventListener('abort', stopWatching);
    await house.lifecycle.stop();
  }
  const relay = room?.relay instanceof MemoryRelay ? room.relay : undefined;
  const pulsesMs = (relay?.intervals ?? []).flatMap(({ onMs, offMs }) => (offMs ? [offMs - onMs] : []));
  const verdict = verdictOf(journalled, subscriber.events, pulsesMs);
  await screen.summary(verdict, stage);
  return verdict.ok ? 0 : 1;
}

/** Waits until the door is locked again and the broker has acknowledged every event. */
async function quiet(house: House, signal: AbortSignal): Promise<void> {
  const untilMs = house.clock.nowMs() + CURTAIN_MS;
  const busy = () =>
    house.mqtt.publisher.backlog > 0 || house.doors.some(({ door }) => door.state.lock !== 'locked');
  while (busy() && house.clock.nowMs() < untilMs) await delay(house.clock, 50, signal);
}
