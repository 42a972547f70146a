import type { RelayReport } from '../../core/events.ts';

/** What the lock is believed to do. Times are on the monotonic clock. */
export type LockState =
  | { readonly kind: 'locked' }
  | { readonly kind: 'unlocked'; readonly untilMs: number }
  /** The relay did not obey; it is told to release until it does. */
  | { readonly kind: 'fault'; readonly attempts: number; readonly retryAtMs: number };

export type LockInput =
  | { readonly kind: 'unlock'; readonly atMs: number }
  | { readonly kind: 'lock' }
  | { readonly kind: 'time'; readonly atMs: number }
  /** The relay rejected the last command. */
  | { readonly kind: 'relay_failed'; readonly atMs: number }
  /** The relay carried out a release. */
  | { readonly kind: 'relay_released' };

export type LockEvent = 'door.unlocked' | 'door.locked' | 'door.fault';

/** The next state, and what has to be done for it to be true. */
export interface LockStep {
  readonly state: LockState;
  readonly command?: 'energise' | 'release';
  /** To be journalled once the command went through; without a command, at once. */
  readonly event?: LockEvent;
  /** Answer to whoever asked for the unlock. */
  readonly report?: RelayReport;
}

/** Waiting time before a release is tried again, ms: doubled per attempt up to the second figure. */
const RETRY_MS: readonly [number, number] = [250, 5_000];

export const LOCKED: LockState = { kind: 'locked' };

/**
 * The lock of one door. Pure. An unlock energises for `holdMs`; another one meanwhile extends the pulse to
 * `holdMs` from its own time, so the line is energised only within `holdMs` of a grant and never latches. A time
 * that is no number counts as the end of the pulse.
 */
export function step(state: LockState, input: LockInput, holdMs: number): LockStep {
  switch (input.kind) {
    case 'unlock':
      return unlock(state, input.atMs, holdMs);
    case 'lock':
      // Repeated when already locked: commanding the safe state again costs nothing.
      return state.kind === 'fault' ? { state, command: 'release' } : release(state);
    case 'time':
      return passTime(state, input.atMs);
    case 'relay_failed':
      return fail(state, input.atMs);
    case 'relay_released':
      return state.kind === 'fault' ? { state: LOCKED, event: 'door.locked' } : { state };
  }
}

/** When `time` is to be fed next. */
export function wakeAtMs(state: LockState): number | undefined {
  if (state.kind === 'unlocked') return state.untilMs;
  return state.kind === 'fault' ? state.retryAtMs : undefined;
}

function unlock(state: LockState, atMs: number, holdMs: number): LockStep {
  const untilMs = atMs + holdMs;
  if (!Number.isFinite(untilMs) || !(holdMs > 0)) return { state, report: 'off' };
  switch (state.kind) {
    case 'locked':
      return {
        state: { kind: 'unlocked', untilMs },
        command: 'energise',
        event: 'door.unlocked',
        report: 'pulsed',
      };
    case 'unlocked':
      return {
        state: { kind: 'unlocked', untilMs: Math.max(state.untilMs, untilMs) },
        report: 'extended',
      };
    case 'fault':
      return { state, report: 'fault' };
  }
}

function release(state: LockState): LockStep {
  return state.kind === 'unlocked'
    ? { state: LOCKED, command: 'release', event: 'door.locked' }
    : { state, command: 'release' };
}

function passTime(state: LockState, atMs: number): LockStep {
  if (state.kind === 'unlocked') return atMs < state.untilMs ? { state } : release(state);
  if (state.kind === 'fault') return atMs < state.retryAtMs ? { state } : { state, command: 'release' };
  return { state };
}

function fail(state: LockState, atMs: number): LockStep {
  const attempts = state.kind === 'fault' ? state.attempts + 1 : 0;
  const waitMs = Math.min(RETRY_MS[1], RETRY_MS[0] * 2 ** Math.min(attempts, 30));
  const next: LockState = { kind: 'fault', attempts, retryAtMs: atMs + waitMs };
  // The first failure leaves the line unknown: release at once, then at growing intervals.
  return state.kind === 'fault'
    ? { state: next }
    : { state: next, command: 'release', event: 'door.fault', report: 'fault' };
}
