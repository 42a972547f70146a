import type { RelayReport } from '../../core/events.ts';
import {
  type Cause,
  type DoorCondition,
  type DoorMode,
  type DoorNote,
  type DoorRules,
  note,
  type UnlockCause,
} from './door-rules.ts';
import {
  allThrough,
  contactLost,
  contactMoved,
  expectOpening,
  explainOpening,
  type LeafState,
  type LockView,
  leafAtStart,
  leafTime,
  leafWakeMs,
  lineReleased,
  restartAlarm,
} from './leaf.ts';
import { LOCKED, type LockInput, type LockState, lockWakeMs, standing, stepLock } from './lock.ts';

export const DOOR_INPUTS = ['contact', 'exitButton', 'tamper', 'fire'] as const;
export type DoorInputName = (typeof DOOR_INPUTS)[number];

/** Everything that is known of one door. */
export interface DoorMachine {
  readonly lock: LockState;
  readonly leaf: LeafState;
  /** Levels of the inputs, once known; `contact` is active while the door is open. */
  readonly active: Readonly<Partial<Record<DoorInputName, boolean>>>;
}

/** What may happen to a door. `atMs` is on the monotonic clock; the wall clock has no part in it. */
export type DoorInput =
  | {
      readonly kind: 'unlock';
      readonly atMs: number;
      readonly by: UnlockCause;
      readonly cause?: Omit<Cause, 'reason'>;
    }
  | { readonly kind: 'lock'; readonly atMs: number; readonly cause: Cause }
  | { readonly kind: 'mode'; readonly atMs: number; readonly mode: DoorMode; readonly cause: Cause }
  /** The first level of an input after its start, or a change of it. */
  | { readonly kind: 'level'; readonly atMs: number; readonly input: DoorInputName; readonly active: boolean }
  | { readonly kind: 'lost'; readonly atMs: number; readonly input: DoorInputName }
  | { readonly kind: 'time'; readonly atMs: number }
  | { readonly kind: 'obeyed' | 'failed'; readonly atMs: number; readonly energised: boolean }
  /** The daemon ends: whatever held the lock released holds it no longer. */
  | { readonly kind: 'stop'; readonly atMs: number };

export interface DoorStep {
  readonly door: DoorMachine;
  /** To be journalled, in this order. */
  readonly notes: readonly DoorNote[];
  /** Answer to an `unlock`. */
  readonly report?: RelayReport;
}

export function doorAtStart(fitted: { readonly contact: boolean; readonly mode?: DoorMode }): DoorMachine {
  return {
    lock: { ...LOCKED, mode: fitted.mode ?? 'normal', cause: { reason: fitted.mode ?? 'pulse_ended' } },
    leaf: leafAtStart(fitted.contact),
    active: {},
  };
}

/**
 * One door: its lock, its leaf and what joins them. Pure: the same inputs in the same order give the same events.
 * What is to be told to the relay is `command(door.lock)`; what the relay answers comes back as `obeyed` or `failed`.
 */
export function stepDoor(door: DoorMachine, input: DoorInput, rules: DoorRules): DoorStep {
  switch (input.kind) {
    case 'unlock':
      return unlock(door, input, rules);
    case 'lock':
      return locked(door, { kind: 'lock', cause: input.cause }, input.atMs, rules);
    case 'mode':
      return locked(door, { kind: 'mode', mode: input.mode, cause: input.cause }, input.atMs, rules);
    case 'level':
      return level(door, input, rules);
    case 'lost':
      return lost(door, input.input);
    case 'time':
      return passTime(door, input.atMs, rules);
    case 'obeyed':
    case 'failed':
      return locked(door, input, input.atMs, rules);
    case 'stop': {
      const cause = { reason: 'stopping' };
      const ended = locked(door, { kind: 'lock', cause }, input.atMs, rules).door;
      const shut: LockState = { ...ended.lock, fire: false, mode: 'normal', cause };
      return { door: { ...ended, lock: shut, leaf: { ...ended.leaf, pending: [] } }, notes: [] };
    }
  }
}

/** When `time` is to be fed next; undefined while only something else can change the door. */
export function doorWakeMs(door: DoorMachine, rules: DoorRules): number | undefined {
  const wakeMs = Math.min(lockWakeMs(door.lock), leafWakeMs(door.leaf, view(door.lock), rules));
  return Number.isFinite(wakeMs) ? wakeMs : undefined;
}

/** What the door is, not what it is about to be: `unlocked` once the relay has obeyed, until it has let go. */
export function conditionOf({ lock, leaf }: DoorMachine): DoorCondition {
  if (lock.fault !== undefined) return 'fault';
  if (leaf.leaf === 'open') {
    if (leaf.forced) return 'forced';
    return leaf.stage === 'alarmed' ? 'held_open' : leaf.stage === 'warned' ? 'held_open_warning' : 'open';
  }
  if (lock.line === 'energised') return 'unlocked';
  return lock.mode === 'lockdown' ? 'lockdown' : 'locked';
}

function view(lock: LockState): LockView {
  return { line: lock.line, standing: standing(lock) };
}

/** Feeds the lock, and tells the leaf what came of it. */
function locked(door: DoorMachine, input: LockInput, atMs: number, rules: DoorRules): DoorStep {
  const { state: lock, notes, report } = stepLock(door.lock, input, rules);
  let { leaf } = door;
  if (door.lock.line === 'energised' && lock.line !== 'energised') leaf = lineReleased(leaf, atMs);
  if (standing(lock) !== standing(door.lock)) leaf = { ...restartAlarm(leaf, atMs), pending: [] };
  return { door: { ...door, lock, leaf }, notes, ...(report !== undefined ? { report } : {}) };
}

function unlock(door: DoorMachine, input: DoorInput & { kind: 'unlock' }, rules: DoorRules): DoorStep {
  const cause: Cause = { reason: input.by, ...input.cause };
  const asked = locked(door, { kind: 'unlock', atMs: input.atMs, by: input.by, cause }, input.atMs, rules);
  const { pulse } = asked.door.lock;
  const opens = asked.report === 'pulsed' || asked.report === 'extended';
  if (!opens || pulse === undefined || standing(asked.door.lock)) return asked;
  const leaf = expectOpening(asked.door.leaf, cause, pulse.untilMs);
  return { ...asked, door: { ...asked.door, leaf } };
}

function passTime(door: DoorMachine, atMs: number, rules: DoorRules): DoorStep {
  const timed = locked(door, { kind: 'time', atMs }, atMs, rules);
  const { state: leaf, notes } = leafTime(timed.door.leaf, atMs, view(timed.door.lock), rules);
  return { door: { ...timed.door, leaf }, notes: [...timed.notes, ...notes] };
}

function level(before: DoorMachine, input: DoorInput & { kind: 'level' }, rules: DoorRules): DoorStep {
  const { input: name, active, atMs } = input;
  const was = before.active[name];
  if (was === active) return { door: before, notes: [] };
  const door = { ...before, active: { ...before.active, [name]: active } };
  switch (name) {
    case 'contact':
      return contact(door, active, atMs, rules);
    case 'exitButton':
      // a button that is stuck since before the start has not been pressed
      return active && was === false ? exit(door, atMs, rules) : { door, notes: [] };
    case 'tamper':
      return { door, notes: active ? [note('door.tampered')] : [] };
    case 'fire': {
      const releases = rules.onFire === 'unlock' && rules.relay;
      const notes = active ? [note('fire.released', releases ? {} : { reason: 'not_released' })] : [];
      if (!releases) return { door, notes };
      const fired = locked(door, { kind: 'fire', active }, atMs, rules);
      return { ...fired, notes: [...notes, ...fired.notes] };
    }
  }
}

function contact(door: DoorMachine, open: boolean, atMs: number, rules: DoorRules): DoorStep {
  const moved = contactMoved(door.leaf, open, atMs, view(door.lock), rules);
  const wasOpen = door.leaf.leaf === 'open';
  const after = { ...door, leaf: moved.state };
  if (open || !wasOpen || door.lock.pulse === undefined || !allThrough(moved.state)) {
    return { door: after, notes: moved.notes };
  }
  const shut = locked(after, { kind: 'lock', cause: { reason: 'closed' } }, atMs, rules);
  return { ...shut, notes: [...moved.notes, ...shut.notes] };
}

function exit(door: DoorMachine, atMs: number, rules: DoorRules): DoorStep {
  const asked = note('exit.requested');
  const unlocks = rules.onExit === 'unlock' && rules.relay;
  const step: DoorStep = unlocks
    ? unlock(door, { kind: 'unlock', atMs, by: 'exit' }, rules)
    : { door, notes: [] };
  const explained = { ...step.door, leaf: explainOpening(step.door.leaf, atMs, rules) };
  return { door: explained, notes: [asked, ...step.notes] };
}

/** A fire that was reported stays reported; everything else is not known any more. */
function lost(door: DoorMachine, input: DoorInputName): DoorStep {
  const notes = [note('door.fault', { reason: `${input === 'exitButton' ? 'exit_button' : input}_lost` })];
  if (input === 'fire') return { door, notes };
  const { [input]: _, ...active } = door.active;
  const leaf = input === 'contact' ? contactLost(door.leaf) : door.leaf;
  return { door: { ...door, leaf, active }, notes };
}
