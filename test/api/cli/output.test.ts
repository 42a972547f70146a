import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { Output } from '../../../src/api/cli/output.ts';
import { Progress } from '../../../src/api/cli/progress.ts';
import { formatTable } from '../../../src/api/cli/table.ts';
import { capture } from './streams.ts';

function failing(code: string): Writable {
  return new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error(code), { code })),
  });
}

test('a reader that has gone is noticed once and written to no more', async () => {
  let gone = 0;
  const output = new Output(failing('EPIPE'), () => gone++);
  await output.line('a');
  await output.json({ b: 1 });
  assert.equal(gone, 1);
});

test('a full disk is an error', async () => {
  const output = new Output(failing('ENOSPC'));
  await assert.rejects(output.line('a'), /ENOSPC/);
  await assert.rejects(output.line('b'), /ENOSPC/);
});

test('a slow reader is waited for', async () => {
  const taken: string[] = [];
  let take = () => {};
  const stream = new Writable({
    highWaterMark: 1,
    write(chunk, _encoding, done) {
      taken.push(String(chunk));
      take = done;
    },
  });
  const output = new Output(stream);
  let settled = false;
  const first = output.json([1]).then(() => {
    settled = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual([settled, taken], [false, ['[1]\n']]);
  take();
  await first;
});

test('progress is a line for every tenth where nobody looks on', async () => {
  const { output, text } = capture();
  const progress = new Progress(output, 'compiling');
  for (let i = 0; i <= 40; i++) {
    progress.update(i / 40, `model ${i}`);
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await progress.end('done');
  const lines = text().trimEnd().split('\n');
  assert.deepEqual(lines.slice(0, 3), [
    'compiling: 0 % model 0',
    'compiling: 10 % model 4',
    'compiling: 20 % model 8',
  ]);
  assert.deepEqual([lines.length, lines.at(-1)], [12, 'compiling: done']);
});

test('progress is one line, never wider than the terminal', async () => {
  const { output, text } = capture({ columns: 30 });
  const progress = new Progress(output, 'pulling');
  progress.update(Number.NaN, 'x'.repeat(100));
  await progress.end();
  assert.equal(text(), `\r\u001b[2Kpulling: 0 % ${'x'.repeat(16)}\r\u001b[2K`);
});

test('a table is aligned, numbers to the right, and cannot command the terminal', () => {
  assert.equal(
    formatTable(
      ['person', 'faces', 'name'],
      [
        ['default/anna', 2, 'Anna'],
        ['staff/1', 10, undefined],
        ['x', 1, 'a\u001b[2Jb\u202e\n'],
      ],
    ),
    `person        faces  name
default/anna      2  Anna
staff/1          10
x                 1  a\uFFFD[2Jb\uFFFD\uFFFD
`,
  );
  assert.equal(formatTable(['a'], []), 'a\n');
});
