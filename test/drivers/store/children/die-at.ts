// Kills this process with SIGKILL instead of carrying out its n-th change of a file or directory below a folder, counted from `arm`.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

let left = Number.POSITIVE_INFINITY;
let counted = 0;

/** From now on: dies at change `n`, counted from 1. */
export function arm(n: number): void {
  left = n;
  counted = 0;
}

/** Changes since `arm`. */
export function changes(): number {
  return counted;
}

function count(): void {
  counted++;
  left--;
  if (left === 0) process.kill(process.pid, 'SIGKILL');
}

type Call = (...args: unknown[]) => Promise<unknown>;

/** Before and after each call: a kill finds it not begun, or done and not yet known. */
function counting(target: Record<string, unknown>, names: readonly string[]): void {
  for (const name of names) {
    const original = target[name] as Call;
    target[name] = async function (this: unknown, ...args: unknown[]) {
      count();
      return original.apply(this, args);
    };
  }
}

const probe = await fs.promises.open(process.execPath, 'r');
const prototype = Object.getPrototypeOf(probe) as Record<string, unknown>;
await probe.close();
counting(prototype, ['write', 'sync', 'datasync', 'truncate']);
counting(fs.promises as unknown as Record<string, unknown>, ['rename', 'rm', 'link', 'copyFile', 'mkdir']);
syncBuiltinESMExports();
