// A process for process-edge.test.ts: its work is named on the command line.
import { writeSync } from 'node:fs';
import { Output } from '../../src/api/cli/output.ts';
import { Interruption } from '../../src/runtime/interruption.ts';
import { runAtEdge } from '../../src/runtime/process-edge.ts';

const say = (text: string) => writeSync(1, `${text}\n`);

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const alive = setInterval(() => {}, 60_000);
    const end = () => {
      clearInterval(alive);
      resolve();
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}

async function daemon(control: AbortController): Promise<number> {
  say('working');
  await aborted(control.signal);
  say(`relay safe: ${(control.signal.reason as Error).message}`);
  return 0;
}

const WORK: Record<string, (control: AbortController) => Promise<number>> = {
  daemon,
  stuck: async () => {
    say('working');
    return new Promise<number>(() => setInterval(() => {}, 60_000));
  },
  rejection: (control) => {
    setImmediate(() => void Promise.reject(new Error('nobody caught me')));
    return daemon(control);
  },
  exception: (control) => {
    setImmediate(() => {
      throw new Error('nobody caught me');
    });
    return daemon(control);
  },
  stream: async (control) => {
    const out = new Output(process.stdout, () => control.abort(new Interruption('gone', 0)));
    for (let i = 0; !control.signal.aborted; i++) await out.json({ i, filler: 'x'.repeat(1_000) });
    return 0;
  },
};

const work = WORK[process.argv[2] as string];
if (work === undefined) throw new Error('which work?');
process.exit(
  await runAtEdge(work, {
    graceMs: Number(process.argv[3] ?? 60_000),
    onFatal: (cause, kind) => say(`${kind}: ${(cause as Error).message}`),
  }),
);
