import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';

/** `adjtimex` returns this, TIME_ERROR, while the kernel's clock is not synchronised (linux/timex.h). */
const TIME_ERROR = 5;
/** More than `struct timex` on every architecture (208 bytes on 64-bit Linux). All zero: read only. */
const TIMEX_BYTES = 512;
/** Made by systemd-timesyncd at its first synchronisation since boot. */
const TIMESYNCD_MARK = '/run/systemd/timesync/synchronized';

type Adjtimex = (timex: Uint8Array) => number;
let adjtimex: Adjtimex | undefined | null = null;

function kernelCall(): Adjtimex | undefined {
  if (adjtimex !== null) return adjtimex;
  try {
    const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
    adjtimex = koffi.load(null).func('int adjtimex(_Inout_ uint8_t *buf)') as Adjtimex;
  } catch {
    adjtimex = undefined; // not Linux, or no build of the FFI package: never known to be right
  }
  return adjtimex;
}

/**
 * What the kernel's state and timesyncd's mark say together. `state`: `adjtimex`'s result, negative when it was
 * not allowed, undefined when it could not be asked. In doubt the clock is not known to be right.
 */
export function syncedBy(state: number | undefined, timesyncdMark: boolean): boolean {
  if (state === undefined || state < 0) return timesyncdMark;
  return state !== TIME_ERROR;
}

/** Whether NTP (or PTP, or a host that does) keeps this machine's wall clock, as far as the kernel knows. */
export function clockIsSynced(): boolean {
  const state = kernelCall()?.(new Uint8Array(TIMEX_BYTES));
  return syncedBy(state, state === undefined || state < 0 ? existsSync(TIMESYNCD_MARK) : false);
}
