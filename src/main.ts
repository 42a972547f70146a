import { readFileSync, writeSync } from 'node:fs';
import { main } from './api/cli/main.ts';
import { Output } from './api/cli/output.ts';
import { Interruption } from './runtime/interruption.ts';
import { runAtEdge } from './runtime/process-edge.ts';

/** Beside `src/` and beside `dist/` alike. */
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const code = await runAtEdge(
  (control) => {
    const nobodyReads = () => control.abort(new Interruption('nobody reads the output', 0));
    return main(process.argv.slice(2), {
      io: {
        stdout: new Output(process.stdout, nobodyReads),
        stderr: new Output(process.stderr),
        signal: control.signal,
        env: process.env,
      },
      // Only now: help and usage errors need neither networks nor codecs.
      verbs: async () => (await import('./app/verbs.ts')).verbs,
      version,
    });
  },
  { onFatal: writeFatal },
);
process.exit(code);

/** A line of the log without the log, which may be what is broken. */
function writeFatal(cause: unknown, kind: string): void {
  const error = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  const line = { level: 'error', time: new Date().toISOString(), kind, error, msg: 'an error nobody caught' };
  try {
    writeSync(process.stderr.fd, `${JSON.stringify(line)}\n`);
  } catch {
    // nowhere left to say it; the exit code does
  }
}
