import type { OnoffPackage } from '../../../src/drivers/relay/onoff.ts';

/** A package of onoff's shape on no hardware, and what it was told. */
export function onoffStandIn(fail: { make?: Error; write?: Error } = {}) {
  const calls: string[] = [];
  class Gpio {
    constructor(line: number, direction: 'high' | 'low', options: { readonly activeLow: boolean }) {
      if (fail.make) throw fail.make;
      calls.push(`export ${line} ${direction} activeLow=${options.activeLow}`);
    }

    writeSync(value: 0 | 1): void {
      if (fail.write) throw fail.write;
      calls.push(`write ${value}`);
    }

    unexport(): void {
      calls.push('unexport');
    }
  }
  const load = async (): Promise<OnoffPackage> => ({ Gpio });
  return { calls, load, fail };
}
