import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Why the system call tests cannot run here, or false. */
export function straceMissing(): string | false {
  const probe = spawnSync('strace', ['-f', '-e', 'trace=none', 'true'], { encoding: 'utf8' });
  if (probe.error) return 'strace is not installed';
  return probe.status === 0 ? false : `strace may not trace here: ${probe.stderr.trim().split('\n')[0]}`;
}

export interface SystemCall {
  readonly name: string;
  readonly text: string;
  readonly result: string;
  /** Positions in the trace where it began and where it had returned. */
  readonly begun: number;
  readonly ended: number;
}

const CALLS =
  'write,pwrite64,writev,pwritev,fsync,fdatasync,rename,renameat,renameat2,unlink,ftruncate,open,openat';

/** Runs a child program of these tests under strace; its output, and its system calls that touch `directory`. */
export function traced(
  child: string,
  args: readonly string[],
  options: { readonly directory: string; readonly inject?: string },
): { readonly stdout: string; readonly calls: readonly SystemCall[] } {
  const trace = join(options.directory, 'strace.txt');
  const program = join(import.meta.dirname, 'children', child);
  const inject = options.inject === undefined ? [] : ['-e', `inject=${options.inject}`];
  const run = spawnSync(
    'strace',
    [
      '-f',
      '-y',
      '-s',
      '64',
      '-o',
      trace,
      '-e',
      `trace=${CALLS}`,
      ...inject,
      process.execPath,
      '--import',
      'tsx',
      program,
      ...args,
    ],
    // One pool thread, so that "the third fdatasync" is the same in every run.
    { encoding: 'utf8', env: { ...process.env, UV_THREADPOOL_SIZE: '1' } },
  );
  if (run.status !== 0) throw new Error(`${child} ended with ${run.status}: ${run.stderr}`);
  const calls = parse(readFileSync(trace, 'utf8')).filter(
    (call) => call.text.includes(options.directory) || call.text.includes('"ack '),
  );
  return { stdout: run.stdout, calls };
}

function parse(trace: string): SystemCall[] {
  const calls: SystemCall[] = [];
  const unfinished = new Map<string, { text: string; begun: number }>();
  for (const [at, line] of trace.split('\n').entries()) {
    const [, pid, rest] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    if (pid === undefined || rest === undefined) continue;
    const open = /^(.*) <unfinished \.\.\.>$/.exec(rest);
    if (open) {
      unfinished.set(pid, { text: open[1] as string, begun: at });
      continue;
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest);
    const start = resumed ? unfinished.get(pid) : undefined;
    const text = resumed ? `${start?.text ?? ''}${resumed[1]}` : rest;
    const [, name, result] = /^(\w+)\(.*\)\s+= (.*)$/.exec(text) ?? [];
    if (name === undefined || result === undefined) continue;
    calls.push({ name, text, result, begun: start?.begun ?? at, ended: at });
  }
  return calls.sort((a, b) => a.begun - b.begun);
}
