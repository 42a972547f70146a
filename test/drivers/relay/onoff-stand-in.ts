import type { OnoffPackage } from '../../../src/drivers/relay/onoff.ts';

type Watcher = (error: Error | null | undefined, value: 0 | 1) => void;

/** A package of onoff's shape on no hardware, and what it was told. `move` changes the level of the inputs. */
export function onoffStandIn(fail: { make?: Error; write?: Error; read?: Error } = {}) {
  const calls: string[] = [];
  const watchers = new Set<Watcher>();
  let level: 0 | 1 = 0;
  class Gpio {
    constructor(
      line: number,
      direction: 'high' | 'low' | 'in',
      third: 'both' | { readonly activeLow: boolean },
      fourth?: { readonly activeLow: boolean; readonly debounceTimeout: number },
    ) {
      if (fail.make) throw fail.make;
      const { activeLow } = typeof third === 'object' ? third : (fourth ?? { activeLow: false });
      calls.push(`export ${line} ${direction} activeLow=${activeLow}`);
    }

    readSync(): 0 | 1 {
      if (fail.read) throw fail.read;
      return level;
    }

    writeSync(value: 0 | 1): void {
      if (fail.write) throw fail.write;
      calls.push(`write ${value}`);
    }

    watch(watcher: Watcher): void {
      watchers.add(watcher);
    }

    unwatchAll(): void {
      watchers.clear();
    }

    unexport(): void {
      calls.push('unexport');
    }
  }
  const load = async (): Promise<OnoffPackage> => ({ Gpio });
  const move = (active: boolean) => {
    level = active ? 1 : 0;
    for (const watcher of watchers) watcher(null, level);
  };
  const breakOff = (error: Error) => {
    for (const watcher of watchers) watcher(error, level);
  };
  return { calls, load, fail, move, breakOff };
}
