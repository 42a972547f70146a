/*
 * Liveness over recordings, through a door's own flow: which frames were judged, how they scored, when the door would
 * have opened, and what it cost. `npx tsx scripts/measure-liveness.ts CLIP… --state DIR`, where DIR is a state
 * directory with the people to expect (`limen enroll`); models come from it or from LIMEN_MODELS_PATH.
 */
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { Output } from '../src/api/cli/output.ts';
import { clockedBy } from '../src/app/clocked-camera.ts';
import { doorRoom } from '../src/app/door-room.ts';
import { mediaRoom } from '../src/app/media-room.ts';
import { openSession } from '../src/app/session.ts';
import { withPeopleCopy, withRecognition } from '../src/app/workbench.ts';
import { cameraFor } from '../src/drivers/camera/camera-for.ts';
import { MemoryJournal } from '../src/drivers/store/memory-journal.ts';
import { ManualClock } from '../src/runtime/clock.ts';
import { Health } from '../src/runtime/health.ts';
import { StageStats } from '../src/services/watch/stage-stats.ts';

const WINDOW_S = 2;
const { values, positionals } = parseArgs({ allowPositionals: true, options: { state: { type: 'string' } } });
const io = {
  stdout: new Output(process.stdout),
  stderr: new Output(process.stderr),
  signal: new AbortController().signal,
  env: process.env,
};
const common = {
  pack: 'recommended',
  json: false,
  ...(values.state !== undefined && { state: values.state }),
};
const session = openSession(common, io, { quiet: true });
const print = (line: string) => process.stdout.write(`${line}\n`);

interface Look {
  readonly trackId: number;
  readonly atS: number;
  readonly live: number;
}

function report(looks: readonly Look[]): void {
  const windows = new Map<string, number[]>();
  for (const { trackId, atS, live } of looks) {
    const from = Math.floor(atS / WINDOW_S) * WINDOW_S;
    const key = `track ${trackId}, ${from}–${from + WINDOW_S} s`;
    windows.set(key, [...(windows.get(key) ?? []), live]);
  }
  for (const [key, scores] of windows) {
    const sorted = scores.sort((a, b) => a - b);
    const part = (p: number) => (sorted[Math.floor((sorted.length - 1) * p)] ?? Number.NaN).toFixed(2);
    print(`  ${key}: ${sorted.length} judged, min ${part(0)}, median ${part(0.5)}, max ${part(1)}`);
  }
}

await withPeopleCopy(session, io, (people) =>
  withRecognition(session, io, { people, load: true }, async (recognition) => {
    const [door] = session.config.doors;
    if (door === undefined) throw new TypeError('no door');
    const media = mediaRoom({ config: session.config, clock: session.clock, runtimeDir: tmpdir() });
    for (const clip of positionals) {
      const clock = new ManualClock({ epoch: new Date(0), synced: false });
      const journal = new MemoryJournal({ device: 'measure', clock });
      const looks: Look[] = [];
      const stats = new StageStats();
      print(clip);
      journal.subscribe(({ type, atS, track, person, reason }) => {
        const first = looks.find(({ trackId }) => trackId === track)?.atS;
        const waited =
          first === undefined || atS === undefined
            ? ''
            : `, ${(atS - first).toFixed(2)} s after its first look`;
        print(`  ${atS} s: ${type} ${reason ?? ''} ${person?.id ?? ''} (track ${track}${waited})`);
      });
      const uri = `file://${clip}?realtime=0`;
      const { watch } = doorRoom({
        config: { ...door, camera: uri },
        site: session.config,
        camera: clockedBy(cameraFor(uri, { ...media, clock: session.clock, log: session.log }), clock),
        relay: undefined,
        recognition,
        people,
        journal,
        clock,
        health: new Health(),
        log: session.log,
        whenLost: 'end',
        onSeen: ({ frame, observations, times }) => {
          stats.add(times);
          for (const { trackId, liveness } of observations) {
            if (liveness !== undefined) looks.push({ trackId, atS: frame.atS ?? 0, live: liveness });
          }
        },
      });
      await watch.start();
      await watch.finished();
      report(looks);
      const { stages, perFrame, frames } = stats.summary();
      const cost = stages.find(({ stage }) => stage === 'liveness');
      if (cost === undefined) continue;
      print(
        `  ${(cost.totalMs / cost.frames).toFixed(1)} ms a judged frame, ${(cost.inferenceMs / cost.frames).toFixed(1)} in ` +
          `networks; judged in ${cost.frames} of ${frames} frames, ${(cost.totalMs / frames).toFixed(1)} of ` +
          `${perFrame.workMs.toFixed(1)} ms of work a frame`,
      );
    }
  }),
);
