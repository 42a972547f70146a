import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';

const PROGRAM = join(import.meta.dirname, 'edge-program.ts');

function start(...args: string[]): { child: ChildProcess; lines: string[]; line(): Promise<void> } {
  const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  let waiting: (() => void) | undefined;
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    lines.push(...text.trimEnd().split('\n'));
    waiting?.();
  });
  return {
    child,
    lines,
    line: () =>
      new Promise((resolve) => {
        if (lines.length > 0) resolve();
        else waiting = resolve;
      }),
  };
}

async function exit(child: ChildProcess): Promise<[code: number | null, signal: string | null]> {
  return (await once(child, 'close')) as [number | null, string | null];
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  test(`${signal} ends the work in order`, { timeout: 60_000 }, async () => {
    const { child, lines, line } = start('daemon');
    await line();
    child.kill(signal);
    assert.deepEqual(await exit(child), [0, null]);
    assert.deepEqual(lines, ['working', `relay safe: ended by ${signal}`]);
  });
}

test('a second signal ends at once, with the code of the signal', { timeout: 60_000 }, async () => {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    const { child, line } = start('stuck');
    await line();
    // Two of one kind may become one; the process must have seen the first.
    const again = setInterval(() => child.kill(signal), 20);
    assert.deepEqual(await exit(child), [code, null]);
    clearInterval(again);
  }
});

test('work that does not end is ended after its grace', { timeout: 60_000 }, async () => {
  const { child, line } = start('stuck', '1');
  await line();
  child.kill('SIGTERM');
  assert.deepEqual(await exit(child), [143, null]);
});

for (const [work, kind] of [
  ['rejection', 'unhandledRejection'],
  ['exception', 'uncaughtException'],
]) {
  test(`an ${kind} is told, the work ends in order, the code is 1`, { timeout: 60_000 }, async () => {
    const { child, lines } = start(work as string);
    assert.deepEqual(await exit(child), [1, null]);
    assert.deepEqual(lines, [
      'working',
      `${kind}: nobody caught me`,
      'relay safe: ended by an error that nobody caught',
    ]);
  });
}

test('a stream ends quietly when its reader goes', { timeout: 60_000 }, async () => {
  const { child, line } = start('stream');
  let stderr = '';
  child.stderr?.on('data', (text) => {
    stderr += text;
  });
  await line();
  child.stdout?.destroy();
  assert.deepEqual(await exit(child), [0, null]);
  assert.equal(stderr, '');
});
