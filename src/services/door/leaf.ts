import { type Cause, type DoorNote, type DoorRules, note } from './door-rules.ts';

/** An unlock that nobody has used yet. */
interface Pending {
  readonly cause: Cause;
  /** Until then an opening is taken for its use. */
  readonly untilMs: number;
  /** The door stood open when it came: whoever it was for may have gone through without opening it. */
  readonly stoodOpen: boolean;
}

/** What the door contact has told, and which unlocks wait for an opening. */
export interface LeafState {
  /** `unfitted` without a contact; `unknown` before its first word and while it is lost. */
  readonly leaf: 'unfitted' | 'unknown' | 'closed' | 'open';
  /** Where the time towards the alarm begins. */
  readonly sinceMs: number;
  readonly stage: 'fresh' | 'warned' | 'alarmed';
  readonly forced: boolean;
  readonly pending: readonly Pending[];
  /** An opening until then is explained although the line is released. */
  readonly allowedUntilMs: number;
}

/** What the lock does while the leaf moves. */
export interface LockView {
  readonly line: 'released' | 'energised' | 'unknown';
  readonly standing: boolean;
}

export interface LeafStep {
  readonly state: LeafState;
  readonly notes: readonly DoorNote[];
}

/**
 * A strike that has just been locked again may still let a pulled door go, and contacts are debounced: an opening
 * this long after the release is that of the unlock before it, ms.
 */
const GRACE_MS = 1_000;
/** Unlocks waiting for an opening; more people than that do not fit into one pulse. */
const MAX_PENDING = 16;

export function leafAtStart(contact: boolean): LeafState {
  const leaf = contact ? 'unknown' : 'unfitted';
  const never = Number.NEGATIVE_INFINITY;
  return { leaf, sinceMs: 0, stage: 'fresh', forced: false, pending: [], allowedUntilMs: never };
}

/** An unlock went through. `untilMs`: end of the pulse, which the unlocks before it now share. */
export function expectOpening(state: LeafState, cause: Cause, untilMs: number): LeafState {
  if (state.leaf !== 'closed' && state.leaf !== 'open') return state;
  const shared = { untilMs: untilMs + GRACE_MS };
  const added: Pending = { cause, ...shared, stoodOpen: state.leaf === 'open' };
  const pending = [...state.pending.map((each) => ({ ...each, ...shared })), added].slice(-MAX_PENDING);
  return { ...state, pending };
}

/** Somebody asked to leave without the lock being asked. */
export function explainOpening(state: LeafState, atMs: number, rules: DoorRules): LeafState {
  return allowUntil(state, atMs + rules.holdMs + GRACE_MS);
}

/** The line has just been released. */
export function lineReleased(state: LeafState, atMs: number): LeafState {
  return allowUntil(state, atMs + GRACE_MS);
}

function allowUntil(state: LeafState, untilMs: number): LeafState {
  return untilMs > state.allowedUntilMs ? { ...state, allowedUntilMs: untilMs } : state;
}

/** The time towards the alarm begins anew: the door was meant to stand open until now, or is from now on. */
export function restartAlarm(state: LeafState, atMs: number): LeafState {
  return { ...state, sinceMs: atMs, stage: 'fresh' };
}

/** The contact cannot be read any more: nothing is claimed of the leaf until it can. */
export function contactLost(state: LeafState): LeafState {
  return state.leaf === 'unfitted'
    ? state
    : { ...state, leaf: 'unknown', forced: false, stage: 'fresh', pending: [] };
}

export function contactMoved(
  state: LeafState,
  open: boolean,
  atMs: number,
  lock: LockView,
  rules: DoorRules,
): LeafStep {
  if (state.leaf === 'unfitted' || state.leaf === (open ? 'open' : 'closed')) return { state, notes: [] };
  if (!open) return closed(state);
  return state.leaf === 'unknown'
    ? { state: opened(state, atMs), notes: [note('door.opened', { reason: 'at_start' })] }
    : openedNow(state, atMs, lock, rules);
}

/** Whether a pulse has done its work once the door closes: everybody it was for has opened the door. */
export function allThrough(state: LeafState): boolean {
  return state.pending.length === 0;
}

function opened(state: LeafState, atMs: number): LeafState {
  return { ...state, leaf: 'open', sinceMs: atMs, stage: 'fresh' };
}

function closed(state: LeafState): LeafStep {
  const notes = state.leaf === 'open' ? [note('door.closed')] : [];
  return { state: { ...state, leaf: 'closed', forced: false, stage: 'fresh' }, notes };
}

function openedNow(before: LeafState, atMs: number, lock: LockView, rules: DoorRules): LeafStep {
  const [used, ...pending] = before.pending;
  const state = { ...opened(before, atMs), pending };
  if (used !== undefined) return { state, notes: [note('door.opened', used.cause)] };
  const released = lock.line === 'released' && !(atMs <= state.allowedUntilMs);
  const opening = note('door.opened');
  if (!rules.relay || (!released && lock.line !== 'unknown')) return { state, notes: [opening] };
  // a relay that does not obey leaves open whether the lock held
  return rules.exitButton && lock.line === 'released'
    ? { state: { ...state, forced: true }, notes: [opening, note('door.forced')] }
    : { state, notes: [opening, note('door.opened_without_grant')] };
}

/** What the passing of time alone brings: unlocks that nobody used, and a door that stands open for too long. */
export function leafTime(before: LeafState, atMs: number, lock: LockView, rules: DoorRules): LeafStep {
  const unused = before.pending.filter(({ untilMs }) => !(atMs < untilMs));
  const state = { ...before, pending: before.pending.filter(({ untilMs }) => atMs < untilMs) };
  const notOpened = unused
    .filter(({ cause, stoodOpen }) => !stoodOpen && cause.reason !== 'exit')
    .map(({ cause }) => note('access.not_opened', cause));
  const stage = alarmStage(state, atMs, lock, rules);
  if (stage === state.stage) return { state, notes: notOpened };
  const type = stage === 'alarmed' ? 'door.held_open' : 'door.held_open_warning';
  return { state: { ...state, stage }, notes: [...notOpened, note(type)] };
}

function alarmStage(state: LeafState, atMs: number, lock: LockView, rules: DoorRules): LeafState['stage'] {
  if (state.leaf !== 'open' || state.forced || lock.standing || state.stage === 'alarmed') return state.stage;
  const openMs = atMs - state.sinceMs;
  if (rules.heldOpenMs > 0 && !(openMs < rules.heldOpenMs)) return 'alarmed';
  return rules.heldOpenWarningMs > 0 && !(openMs < rules.heldOpenWarningMs) ? 'warned' : state.stage;
}

/** When `leafTime` is to be asked next. */
export function leafWakeMs(state: LeafState, lock: LockView, rules: DoorRules): number {
  const times = state.pending.map(({ untilMs }) => untilMs);
  if (state.leaf === 'open' && !state.forced && !lock.standing && state.stage !== 'alarmed') {
    if (rules.heldOpenMs > 0) times.push(state.sinceMs + rules.heldOpenMs);
    if (rules.heldOpenWarningMs > 0 && state.stage === 'fresh')
      times.push(state.sinceMs + rules.heldOpenWarningMs);
  }
  return Math.min(Number.POSITIVE_INFINITY, ...times);
}
