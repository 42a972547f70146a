import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { StateLock } from '../../../src/drivers/store/state-lock.ts';
import { silentLog } from '../../../src/runtime/logger.ts';
import { scratch } from '../../fixtures/scratch.ts';
import { recordingLog } from './fixtures.ts';

test('the first holder makes the directory for itself alone, and a second is refused by pid', async () => {
  const directory = join(scratch(), 'made', 'state');
  const first = new StateLock({ directory, log: silentLog });
  await first.start();
  assert.equal(statSync(directory).mode & 0o777, 0o700);
  const second = new StateLock({ directory, log: silentLog });
  await assert.rejects(second.start(), {
    code: 'state_locked',
    message: `${directory} is in use by process ${process.pid}`,
  });
  assert.equal(readFileSync(join(directory, 'lock'), 'utf8'), `${process.pid}\n`);
  await second.stop();
  await first.stop();
  await first.stop();
  await second.start();
  await second.stop();
});

test('a lock file that a dead or reused process number is written in does not lock anything', async () => {
  const directory = scratch();
  writeFileSync(join(directory, 'lock'), `${process.pid}\n`);
  const lock = new StateLock({ directory, log: silentLog });
  await lock.start();
  await lock.stop();
});

test('a lock that the garbage collector saw holds; kill -9 frees it at once, though a child of the dead lives', async (t) => {
  const directory = scratch();
  const program = join(import.meta.dirname, 'children', 'hold-lock.ts');
  const daemon = spawn(process.execPath, ['--expose-gc', '--import', 'tsx', program, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => daemon.kill('SIGKILL'));
  const [line] = await once(daemon.stdout, 'data');
  const childPid = Number(String(line));
  t.after(() => process.kill(childPid, 'SIGKILL'));
  const lock = new StateLock({ directory, log: silentLog });
  await assert.rejects(lock.start(), { code: 'state_locked', message: new RegExp(`process ${daemon.pid}$`) });
  daemon.kill('SIGKILL');
  await once(daemon, 'exit');
  await lock.start();
  process.kill(childPid, 0);
  await lock.stop();
});

test('a directory that others may read is used and said', async () => {
  const directory = scratch();
  chmodSync(directory, 0o755);
  const log = recordingLog();
  const lock = new StateLock({ directory, log });
  await lock.start();
  await lock.stop();
  assert.deepEqual(log.lines[0]?.fields, { directory, mode: '755' });
});

test('a directory that cannot be made is state_unwritable', async () => {
  const directory = scratch();
  writeFileSync(join(directory, 'file'), '');
  const lock = new StateLock({ directory: join(directory, 'file', 'state'), log: silentLog });
  await assert.rejects(lock.start(), { code: 'state_unwritable' });
});
