// Run by kill-offsets.sh in the guest: `kill-offsets.ts kill|hang PROCESSES SEED`. A process pulses eight lines, each
// begun at a random moment, and is ended: killed, or stopped and then killed by what stands in for systemd's watchdog.
// So each process gives eight random offsets in a pulse. The lines are read from the simulated chip all the while.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { WatchedLine } from './watched-line.ts';

const {
  LIMEN_SYSTEM_CHIP: chip = '',
  LIMEN_SYSTEM_LINES: lines = '',
  LIMEN_SYSTEM_DIST: dist = '',
} = process.env;
const [way = 'kill', processes = '14', seed = '1'] = process.argv.slice(2);
const LINES = [0, 1, 2, 3, 4, 5, 6, 7];
const PULSE_MS = 500;
/** From the last sign of life, as systemd counts. */
const WATCHDOG_MS = 1_000;
/** How long the lines are watched after the end of the process. */
const AFTER_MS = 50;

/** What the monotonic clock, which all processes share, is ahead of ours. */
const MONOTONIC_MS = Number(process.hrtime.bigint()) / 1e6 - performance.now();

/** A process that is ready to pulse, and when it last gave a sign of life. */
class Pulser {
  readonly child: ChildProcess;
  readonly ready: Promise<void>;
  aliveAtMs = performance.now();
  goneAtMs: number | undefined;
  endedAtMs: number | undefined;

  constructor(delaysMs: readonly number[]) {
    const program = new URL('pulser.js', import.meta.url).pathname;
    const pulses = delaysMs.map((delayMs, line) => `gpiod://${chip}/${line}@${delayMs}`);
    this.child = spawn(process.execPath, [program, dist, String(PULSE_MS), ...pulses], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    void once(this.child, 'exit').then(() => {
      this.endedAtMs = performance.now();
    });
    const { stdout } = this.child;
    if (stdout === null) throw new Error('no pipe');
    this.ready = new Promise((resolve) => {
      createInterface({ input: stdout }).on('line', (said) => {
        if (said === 'open') resolve();
        else if (said === 'go') this.goneAtMs = performance.now();
        else this.aliveAtMs = Number(said) - MONOTONIC_MS;
      });
    });
  }
}

interface Pulse {
  /** Where in the pulse the signal came; undefined when the line was low then. */
  readonly offsetMs: number | undefined;
  readonly energisedMs: number;
  readonly surelyMs: number;
  /** How far apart two readings were at most: as late as the signal, the watchdog and the reading may have been. */
  readonly gapMs: number;
  /** From the end of the process to the first low reading; 0 when it was low before. */
  readonly afterEndMs: number;
  /** From SIGKILL to the first low reading: the kernel ends the process; 0 when it was low before. */
  readonly afterKillMs: number;
}

async function endIn(pulser: Pulser): Promise<Pulse[]> {
  const watched = LINES.map((line) => new WatchedLine(join(lines, `sim_gpio${line}`, 'value')));
  let readMs = performance.now();
  let offsetsMs: (number | undefined)[] | undefined;
  let killedAtMs: number | undefined;
  let gapMs = 0;
  pulser.child.stdin?.write('go\n');
  for (;;) {
    await sleep(1);
    const now = performance.now();
    gapMs = Math.max(gapMs, now - readMs);
    readMs = now;
    for (const line of watched) line.look();
    if (offsetsMs === undefined && pulser.goneAtMs !== undefined && now - pulser.goneAtMs >= PULSE_MS) {
      pulser.child.kill(way === 'kill' ? 'SIGKILL' : 'SIGSTOP');
      if (way === 'kill') killedAtMs = now;
      offsetsMs = watched.map(({ high, roseAtMs }) =>
        high && roseAtMs ? Math.max(0, now - roseAtMs) : undefined,
      );
    }
    if (
      way === 'hang' &&
      killedAtMs === undefined &&
      offsetsMs !== undefined &&
      now - pulser.aliveAtMs >= WATCHDOG_MS
    ) {
      pulser.child.kill('SIGKILL');
      killedAtMs = now;
    }
    const { endedAtMs } = pulser;
    if (endedAtMs === undefined || now - endedAtMs <= AFTER_MS) continue;
    return watched.map((line, index) => {
      line.close();
      if (line.high) throw new Error(`line ${index} is energised ${AFTER_MS} ms after the end`);
      const afterEndMs = Math.max(0, (line.fellAtMs ?? 0) - endedAtMs);
      const afterKillMs = Math.max(0, (line.fellAtMs ?? 0) - (killedAtMs ?? now));
      const { energisedMs, surelyEnergisedMs: surelyMs } = line;
      return { offsetMs: offsetsMs?.[index], energisedMs, surelyMs, gapMs, afterEndMs, afterKillMs };
    });
  }
}

/** Mulberry32: small, seeded, even enough. */
function* fractions(state: number): Generator<number, never> {
  for (;;) {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    yield ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  }
}

const random = fractions(Number(seed));
const pulses: Pulse[] = [];
for (let i = 0; i < Number(processes); i++) {
  const pulser = new Pulser(LINES.map(() => Math.floor(random.next().value * PULSE_MS)));
  await pulser.ready;
  pulses.push(...(await endIn(pulser)));
}

const longest = (of: (pulse: Pulse) => number) => Math.max(...pulses.map(of)).toFixed(1);
const boundMs = PULSE_MS + WATCHDOG_MS;
/** For the kernel to end a process: it clears the memory before it closes the files, slowly when emulated. */
const END_MS = 1_000;
// The emulated machine is late itself: with the signal, and with the watchdog's.
const over = pulses.filter(
  ({ energisedMs, gapMs, afterKillMs }) =>
    energisedMs - afterKillMs > boundMs + 2 * gapMs || afterKillMs > END_MS,
);
const inPulse = pulses.filter(({ offsetMs }) => offsetMs !== undefined);
const offsets = inPulse.map(({ offsetMs }) => offsetMs ?? 0);
const above = (of: (pulse: Pulse) => number) => pulses.filter((pulse) => of(pulse) > boundMs).length;
const say = (text: string) => process.stdout.write(`note: ${text}\n`);
say(`${pulses.length} pulses of ${PULSE_MS} ms in ${processes} processes, watchdog ${WATCHDOG_MS} ms`);
say(`${inPulse.length} energised at the signal`);
say(`${Math.min(...offsets).toFixed(0)} to ${Math.max(...offsets).toFixed(0)} ms into the pulse`);
say(
  `longest energised at least ${longest(({ surelyMs }) => surelyMs)}, at most ${longest(({ energisedMs }) => energisedMs)} ms`,
);
say(
  `above ${boundMs} ms: ${above(({ surelyMs }) => surelyMs)} surely, ${above(({ energisedMs }) => energisedMs)} perhaps`,
);
say(
  `longest until SIGKILL ${longest(({ energisedMs, afterKillMs }) => energisedMs - afterKillMs)} ms, from there to low ${longest(({ afterKillMs }) => afterKillMs)} ms`,
);
say(`low at most ${longest(({ afterEndMs }) => afterEndMs)} ms after the end of the process`);
say(`readings at most ${longest(({ gapMs }) => gapMs)} ms apart`);
for (const pulse of over) process.stdout.write(`${JSON.stringify(pulse)}\n`);
process.exitCode = over.length > 0 || inPulse.length === 0 ? 1 : 0;
