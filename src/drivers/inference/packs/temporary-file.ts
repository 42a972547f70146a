import { open, readdir, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Temporary files that this process is writing just now. */
const inUse = new Set<string>();
let serial = 0;

/**
 * A name of our own beside `target`: `<file>.<pid>-<n>.part`. Two processes never write the same one, and what a
 * killed process leaves behind is recognised by its number. Release it when the file is installed or given up.
 */
export function reserveTemporary(target: string): string {
  serial += 1;
  const path = `${target}.${process.pid}-${serial}.part`;
  inUse.add(path);
  return path;
}

export function releaseTemporary(path: string): void {
  inUse.delete(path);
}

/** Temporary files of `target` whose writer is gone. */
export async function abandonedTemporaries(target: string): Promise<string[]> {
  const prefix = `${basename(target)}.`;
  const names = await readdir(dirname(target));
  return names
    .filter((name) => name.startsWith(prefix))
    .map((name) => ({ path: join(dirname(target), name), rest: name.slice(prefix.length) }))
    .filter(({ path, rest }) => {
      const pid = Number(/^(\d+)-\d+\.part$/.exec(rest)?.[1] ?? Number.NaN);
      if (Number.isNaN(pid)) return false;
      return pid === process.pid ? !inUse.has(path) : !isAlive(pid);
    })
    .map(({ path }) => path);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Gives a complete temporary file its name for good: fsync, rename, fsync of the directory. */
export async function install(temporary: string, target: string): Promise<void> {
  await sync(temporary);
  await rename(temporary, target);
  await sync(dirname(target));
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
