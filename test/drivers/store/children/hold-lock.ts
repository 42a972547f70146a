// Locks the state directory, starts a child that outlives it, says so, and waits to be killed.
import { spawn } from 'node:child_process';
import { StateLock } from '../../../../src/drivers/store/state-lock.ts';
import { silentLog } from '../../../../src/runtime/logger.ts';

const lock = new StateLock({ directory: process.argv[2] as string, log: silentLog });
await lock.start();
const child = spawn('sleep', ['60'], { stdio: 'ignore', detached: true });
process.stdout.write(`${child.pid}\n`);
setInterval(() => undefined, 60_000);
