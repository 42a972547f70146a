import { tmpdir } from 'node:os';
import { eventLine } from '../../api/cli/event-line.ts';
import type { Output } from '../../api/cli/output.ts';
import { formatTable } from '../../api/cli/table.ts';
import type { Io, WatchArgs } from '../../api/cli/verbs.ts';
import type { DoorConfig } from '../../config/config.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { PeopleStore } from '../../core/ports/store.ts';
import { cameraFor } from '../../drivers/camera/camera-for.ts';
import { withOptions } from '../../drivers/camera/camera-uri.ts';
import { MemoryJournal } from '../../drivers/store/memory-journal.ts';
import { ManualClock } from '../../runtime/clock.ts';
import { Health } from '../../runtime/health.ts';
import { StageStats, type StatsSummary } from '../../services/watch/stage-stats.ts';
import { clockedBy } from '../clocked-camera.ts';
import { doorRoom } from '../door-room.ts';
import { mediaRoom } from '../media-room.ts';
import type { RecognitionRoom } from '../recognition-room.ts';
import { openSession, type Session } from '../session.ts';
import { withPeopleCopy, withRecognition } from '../workbench.ts';

/** `limen watch`: recognition on a source, events on stdout, no relay, nothing stored. */
export async function watch(args: WatchArgs, io: Io): Promise<number> {
  const session = openSession(args, io, { quiet: true });
  return withPeopleCopy(session, io, (people) =>
    withRecognition(session, io, { people, load: true }, (recognition) =>
      watchWith(args, io, session, recognition, people),
    ),
  );
}

async function watchWith(
  args: WatchArgs,
  io: Io,
  session: Session,
  recognition: RecognitionRoom,
  people: PeopleStore,
): Promise<number> {
  const { config, log } = session;
  // lossless: the source's own time is the only time there is, so that every run gives the same events
  const sourceClock = args.realtime ? undefined : new ManualClock({ epoch: new Date(0), synced: false });
  const clock: Clock = sourceClock ?? session.clock;
  const repeatable = sourceClock && { bootId: 'watch' };
  const journal = new MemoryJournal({ device: config.device, clock, ...repeatable });
  const stats = new StageStats();
  const media = mediaRoom({ config, clock: session.clock, runtimeDir: tmpdir() });
  const watches = watchedDoors(config.doors, args).map((door) => {
    const camera = cameraFor(door.camera, { ...media, clock, log });
    const room = doorRoom({
      config: door,
      site: config,
      camera: sourceClock ? clockedBy(camera, sourceClock) : camera,
      relay: undefined,
      recognition,
      people,
      journal,
      clock,
      health: new Health(),
      log,
      whenLost: args.once ? 'end' : 'reopen',
      onSeen: (seen) => stats.add(seen.times),
    });
    return room.watch;
  });
  const printed = printEvents(journal, io.stdout, args.json);
  const stop = async () => void (await Promise.all(watches.map((each) => each.stop())));
  const onAbort = () => void stop().catch(() => undefined); // what failed is thrown by finished()
  io.signal.addEventListener('abort', onAbort, { once: true });
  try {
    for (const each of watches) await each.start();
    await Promise.all(watches.map((each) => each.finished()));
  } finally {
    io.signal.removeEventListener('abort', onAbort);
    await stop();
    await printed.end();
  }
  if (args.stats) await printStats(stats.summary(), args.json, io);
  return 0;
}

/** The configured doors, or the first one's settings with the named source for a camera. Never a relay. */
function watchedDoors(doors: readonly DoorConfig[], args: WatchArgs): DoorConfig[] {
  const [first] = doors;
  if (args.source === undefined || first === undefined) return [...doors];
  return [{ ...first, camera: sourceUri(args.source, args) }];
}

/** `--once` and `--realtime` as the options that `file:` and `stills:` know; what the URI says itself stays. */
function sourceUri(source: string, args: WatchArgs): string {
  if (!/^(file|stills):/.test(source)) return source;
  const given = (name: string) => new RegExp(`[?&]${name}=`).test(source);
  return withOptions(source, {
    ...(args.once || given('loop') ? {} : { loop: '1' }),
    ...(args.realtime || given('realtime') ? {} : { realtime: '0' }),
  });
}

function printEvents(journal: MemoryJournal, out: Output, json: boolean): { end(): Promise<void> } {
  let last = Promise.resolve();
  const off = journal.subscribe((event) => {
    last = last.then(() => (json ? out.json(event) : out.line(eventLine(event))));
    last.catch(() => undefined); // reported by end()
  });
  return {
    end: async () => {
      off();
      await last;
    },
  };
}

async function printStats(summary: StatsSummary, json: boolean, io: Io): Promise<void> {
  if (json) return io.stdout.json({ stats: summary });
  const ms = (value: number) => value.toFixed(2);
  const rows = summary.stages.map(({ stage, frames, medianMs, totalMs, inferenceMs }) => [
    stage,
    frames,
    ms(medianMs),
    ms(totalMs),
    ms(inferenceMs),
    ms(totalMs - inferenceMs),
  ]);
  const headings = ['stage', 'frames', 'median ms', 'total ms', 'in networks', 'around them'];
  await io.stderr.write(`\n${formatTable(headings, rows)}`);
  const { workMs, inferenceMs, overheadMs } = summary.perFrame;
  await io.stderr.line(
    `\n${summary.frames} frames: ${ms(workMs)} ms of work each, ${ms(inferenceMs)} in networks, ` +
      `${ms(overheadMs)} around them (capture is waiting for the source and not counted)`,
  );
}
