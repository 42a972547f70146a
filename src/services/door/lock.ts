import type { RelayReport } from '../../core/events.ts';
import {
  type Cause,
  type DoorMode,
  type DoorNote,
  type DoorRules,
  note,
  type UnlockCause,
} from './door-rules.ts';

/** What the lock is to do, and what is known of the relay's line. Times are on the monotonic clock. */
export interface LockState {
  /** What the relay last carried out; `unknown` after a command that failed. */
  readonly line: 'released' | 'energised' | 'unknown';
  /** A grant in progress. */
  readonly pulse?: { readonly untilMs: number; readonly by: UnlockCause };
  readonly mode: DoorMode;
  /** The fire input is active and the site's policy releases the lock. */
  readonly fire: boolean;
  /** The relay does not obey; `due` when it is to be told again. */
  readonly fault?: { readonly attempts: number; readonly retryAtMs: number; readonly due: boolean };
  /** What the next `door.unlocked` or `door.locked` gives as its reason. */
  readonly cause: Cause;
}

export type LockInput =
  | { readonly kind: 'unlock'; readonly atMs: number; readonly by: UnlockCause; readonly cause: Cause }
  /** Ends a pulse; repeats the safe state when there is none. */
  | { readonly kind: 'lock'; readonly cause: Cause }
  | { readonly kind: 'mode'; readonly mode: DoorMode; readonly cause: Cause }
  | { readonly kind: 'fire'; readonly active: boolean }
  | { readonly kind: 'time'; readonly atMs: number }
  /** The relay carried out a command, or rejected it. */
  | { readonly kind: 'obeyed' | 'failed'; readonly energised: boolean; readonly atMs: number };

export interface LockStep {
  readonly state: LockState;
  readonly notes: readonly DoorNote[];
  /** Answer to whoever asked for an unlock. */
  readonly report?: RelayReport;
}

/** Waiting time before a relay that failed is told again, ms: doubled per attempt up to the second figure. */
const RETRY_MS: readonly [number, number] = [250, 5_000];

export const LOCKED: LockState = {
  line: 'released',
  mode: 'normal',
  fire: false,
  cause: { reason: 'pulse_ended' },
};

/** Whether the lock is released without a limit in time: the fire input, or the mode `held_open`. */
export function standing(state: LockState): boolean {
  return state.fire || state.mode === 'held_open';
}

/** What the relay is to be told now, if anything. */
export function command(state: LockState): 'energise' | 'release' | undefined {
  if (state.fault !== undefined) {
    if (!state.fault.due) return undefined;
    return state.line === 'released' ? 'energise' : 'release';
  }
  if (state.line === 'unknown') return 'release';
  const wanted = standing(state) || state.pulse !== undefined;
  if (wanted === (state.line === 'energised')) return undefined;
  return wanted ? 'energise' : 'release';
}

/** When `time` is to be fed next. */
export function lockWakeMs(state: LockState): number {
  const retryMs = state.fault === undefined || state.fault.due ? undefined : state.fault.retryAtMs;
  return Math.min(state.pulse?.untilMs ?? Number.POSITIVE_INFINITY, retryMs ?? Number.POSITIVE_INFINITY);
}

/**
 * The lock of one door. Pure. An unlock energises for `holdMs`; another one meanwhile extends the pulse to `holdMs`
 * from its own time, so that a pulse never latches. A time that is no number ends a pulse. A relay that fails is
 * told to release until it does, and nothing opens meanwhile.
 */
export function stepLock(state: LockState, input: LockInput, rules: DoorRules): LockStep {
  switch (input.kind) {
    case 'unlock':
      return unlock(state, input, rules);
    case 'lock': {
      // a line that is released already is told so again: it costs nothing
      const line = state.line === 'released' && state.fault === undefined ? 'unknown' : state.line;
      return quiet(pulseOver({ ...state, line, ...retryNow(state) }, input.cause));
    }
    case 'mode':
      return changeMode(state, input);
    case 'fire':
      return changeFire(state, input.active);
    case 'time':
      return quiet(passTime(state, input.atMs));
    case 'obeyed':
      return input.energised ? energised(state) : released(state, input.atMs);
    case 'failed':
      return failed(state, input.energised, input.atMs);
  }
}

function quiet(state: LockState): LockStep {
  return { state, notes: [] };
}

function pulseOver({ pulse, ...state }: LockState, cause: Cause): LockState {
  return pulse === undefined ? state : { ...state, cause };
}

function retryNow({ fault }: LockState): { fault?: NonNullable<LockState['fault']> } {
  return fault === undefined ? {} : { fault: { ...fault, due: true } };
}

function unlock(state: LockState, input: LockInput & { kind: 'unlock' }, rules: DoorRules): LockStep {
  const untilMs = input.atMs + rules.holdMs;
  if (state.fault !== undefined) return { state, notes: [], report: 'fault' };
  const refused = state.mode === 'lockdown' && input.by !== 'exit' && !state.fire;
  if (refused || !Number.isFinite(untilMs) || !(rules.holdMs > 0)) return { state, notes: [], report: 'off' };
  if (state.pulse === undefined && !standing(state)) {
    return {
      state: { ...state, pulse: { untilMs, by: input.by }, cause: input.cause },
      notes: [],
      report: 'pulsed',
    };
  }
  const longest = Math.max(state.pulse?.untilMs ?? untilMs, untilMs);
  return {
    state: { ...state, pulse: { untilMs: longest, by: input.by } },
    notes: [note('door.unlocked', input.cause, 'extended')],
    report: 'extended',
  };
}

function changeMode(before: LockState, { mode, cause }: LockInput & { kind: 'mode' }): LockStep {
  if (mode === before.mode) return quiet(before);
  // who is on the way out is let out
  const endsPulse = mode === 'lockdown' && before.pulse?.by !== 'exit';
  const state = { ...(endsPulse ? pulseOver(before, cause) : before), mode };
  const moved = standing(state) !== standing(before) ? { ...state, cause } : state;
  // a line that does not move has no event of its own that would tell of the lockdown
  const still = before.line === 'released' && (mode === 'lockdown' || before.mode === 'lockdown');
  const told = still && mode !== 'held_open' ? [note('door.locked', cause, 'off')] : [];
  const calm = calmed(moved);
  return { state: calm.state, notes: [...told, ...calm.notes] };
}

function changeFire(before: LockState, active: boolean): LockStep {
  if (active === before.fire) return quiet(before);
  const cause = { reason: active ? 'fire' : 'fire_cleared' };
  return calmed({ ...before, fire: active, cause });
}

/** A fault that was kept only to energise again ends when that is not wanted any more. */
function calmed(state: LockState): LockStep {
  if (state.fault === undefined || state.line !== 'released' || standing(state)) return quiet(state);
  const { fault, ...rest } = state;
  return { state: rest, notes: [note('door.locked', { reason: 'fault_cleared' }, 'off')] };
}

function passTime(state: LockState, atMs: number): LockState {
  const over = state.pulse !== undefined && !(atMs < state.pulse.untilMs);
  const next = over ? pulseOver(state, { reason: 'pulse_ended' }) : state;
  if (next.fault === undefined || next.fault.due || atMs < next.fault.retryAtMs) return next;
  return { ...next, fault: { ...next.fault, due: true } };
}

function energised(before: LockState): LockStep {
  const { fault, ...state } = { ...before, line: 'energised' as const };
  return before.line === 'energised'
    ? quiet(state)
    : { state, notes: [note('door.unlocked', before.cause, 'pulsed')] };
}

function released(before: LockState, atMs: number): LockStep {
  const state = { ...before, line: 'released' as const };
  if (before.fault !== undefined) {
    return standing(state) ? quiet({ ...state, fault: later(before.fault.attempts, atMs) }) : calmed(state);
  }
  const notes = before.line === 'energised' ? [note('door.locked', before.cause, 'off')] : [];
  return { state, notes };
}

function failed(before: LockState, energise: boolean, atMs: number): LockStep {
  const { pulse, ...state } = { ...before, line: 'unknown' as const };
  if (before.fault !== undefined) return quiet({ ...state, fault: later(before.fault.attempts, atMs) });
  const reason = energise ? 'energise_failed' : 'release_failed';
  // the first failure leaves the line unknown: release at once, then at growing intervals
  return {
    state: { ...state, fault: { attempts: 0, retryAtMs: atMs, due: true } },
    notes: [note('door.fault', { reason }, 'fault')],
  };
}

function later(attempts: number, atMs: number): NonNullable<LockState['fault']> {
  const waitMs = Math.min(RETRY_MS[1], RETRY_MS[0] * 2 ** Math.min(attempts, 30));
  return { attempts: attempts + 1, retryAtMs: atMs + waitMs, due: false };
}
