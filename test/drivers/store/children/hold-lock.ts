// Locks the state directory, starts a child that outlives it, says so, and waits to be killed.
import { spawn } from 'node:child_process';
import { StateLock } from '../../../../src/drivers/store/state-lock.ts';
import { silentLog } from '../../../../src/runtime/logger.ts';

await new StateLock({ directory: process.argv[2] as string, log: silentLog }).start();
// Nobody refers to the lock from here on: it must hold all the same.
for (let turn = 0; turn < 3; turn += 1) {
  await new Promise((resolve) => setImmediate(resolve));
  globalThis.gc?.();
}
const child = spawn('sleep', ['60'], { stdio: 'ignore', detached: true });
process.stdout.write(`${child.pid}\n`);
setInterval(() => undefined, 60_000);
