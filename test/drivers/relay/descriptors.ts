import { readdirSync, readlinkSync } from 'node:fs';

/** How many descriptors of this process lead to `path`. Others come and go meanwhile and do not count. */
export function descriptorsTo(path: string): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === path;
    } catch {
      return false; // the one that lists them is closed by now
    }
  }).length;
}
