// Run by kill-offsets.sh in the guest: sysfs goes on driving a line whose process was killed; `limen relay off`, as the
// unit's ExecStopPost runs it, ends that. `relay-off.ts LINE ROUNDS` says how long it takes from its start.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const { LIMEN_SYSTEM_LINES: lines = '', LIMEN_SYSTEM_DIST: dist = '' } = process.env;
const [line = '24', rounds = '5'] = process.argv.slice(2);
/** How long the line is left to itself after the kill. */
const ALONE_MS = 1_000;

const level = () => Number(readFileSync(join(lines, line), 'utf8'));
const tookMs: number[] = [];
for (let round = 0; round < Number(rounds); round++) {
  const program = new URL('pulser.js', import.meta.url).pathname;
  const holder = spawn(process.execPath, [program, dist, '600000', `onoff:${line}@0`], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const gone = once(holder, 'exit');
  holder.stdin.write('go\n');
  holder.stdout.resume();
  while (level() === 0) await sleep(20);
  assert.equal(level(), 1);
  holder.kill('SIGKILL');
  await gone;
  await sleep(ALONE_MS);
  assert.equal(level(), 1, 'sysfs keeps the line');
  const startedMs = performance.now();
  const command = [join(dist, '../src/bin.js'), 'relay', 'off', `onoff:${line}`];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
  tookMs.push(performance.now() - startedMs);
  assert.equal(status, 0, `${stdout}${stderr}`);
  assert.equal(level(), 0);
}
process.stdout.write(
  `note: ${tookMs.length} times energised until then; it took ${Math.min(...tookMs).toFixed(0)} to ${Math.max(...tookMs).toFixed(0)} ms\n`,
);
