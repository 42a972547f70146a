/** Time, injected everywhere so that tests and file sources run on their own. */
export interface Clock {
  /** Monotonic milliseconds since an arbitrary start; never steps. */
  nowMs(): number;
  /** Wall-clock time; may step. For event times and validity only, never for durations. */
  wall(): Date;
  /** Whether the wall clock is known to be set (NTP, RTC). */
  wallSynced(): boolean;
  /** Calls `callback` once after `delayMs` on the monotonic clock; the returned function cancels it. */
  after(delayMs: number, callback: () => void): () => void;
}

/** Resolves after `delayMs`, or rejects with the signal's reason when it aborts first. */
export function delay(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = () => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = clock.after(delayMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
