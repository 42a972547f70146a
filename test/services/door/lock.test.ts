import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DOOR_RULES } from '../../../src/services/door/door-rules.ts';
import {
  command,
  LOCKED,
  type LockInput,
  type LockState,
  type LockStep,
  lockWakeMs,
  stepLock,
} from '../../../src/services/door/lock.ts';

const HOLD_MS = DOOR_RULES.holdMs;
const GRANT = { by: 'grant', cause: { reason: 'grant' } } as const;

function feed(state: LockState, input: LockInput): LockStep {
  return stepLock(state, input, DOOR_RULES);
}

function after(...inputs: LockInput[]): LockState {
  return inputs.reduce<LockState>((state, input) => feed(state, input).state, LOCKED);
}

function unlock(atMs: number): LockInput {
  return { kind: 'unlock', atMs, ...GRANT };
}

const ON: LockInput = { kind: 'obeyed', energised: true, atMs: 0 };
const OFF: LockInput = { kind: 'obeyed', energised: false, atMs: 0 };
const FAILED: LockInput = { kind: 'failed', energised: true, atMs: 0 };

function told(step: LockStep): (string | undefined)[] {
  return step.notes.map(({ type, reason, relay }) => `${type} ${reason} ${relay}`);
}

test('an unlock is a pulse that ends by itself, told once the relay has obeyed', () => {
  const asked = feed(LOCKED, unlock(100));
  assert.equal(asked.report, 'pulsed');
  assert.deepEqual(asked.notes, []);
  assert.equal(command(asked.state), 'energise');
  const open = feed(asked.state, ON);
  assert.deepEqual(told(open), ['door.unlocked grant pulsed']);
  assert.equal(command(open.state), undefined);
  assert.equal(lockWakeMs(open.state), 3_100);
  assert.equal(command(feed(open.state, { kind: 'time', atMs: 3_099 }).state), undefined);
  const over = feed(open.state, { kind: 'time', atMs: 3_100 }).state;
  assert.equal(command(over), 'release');
  assert.deepEqual(told(feed(over, OFF)), ['door.locked pulse_ended off']);
});

test('a second grant extends to one hold from its own time, never more', () => {
  const extended = feed(after(unlock(0), ON), unlock(2_000));
  assert.equal(extended.report, 'extended');
  assert.equal(extended.state.pulse?.untilMs, 5_000);
  assert.deepEqual(told(extended), ['door.unlocked grant extended']);
  assert.equal(feed(extended.state, unlock(1_000)).state.pulse?.untilMs, 5_000);
});

test('a time that is no number opens nothing and ends a pulse', () => {
  const tries = (holdMs: number, atMs: number) =>
    command(stepLock(LOCKED, unlock(atMs), { ...DOOR_RULES, holdMs }).state);
  assert.equal(tries(HOLD_MS, Number.NaN), undefined);
  assert.equal(tries(Number.NaN, 0), undefined);
  assert.equal(tries(Number.POSITIVE_INFINITY, 0), undefined);
  assert.equal(tries(0, 0), undefined);
  assert.equal(command(feed(after(unlock(0), ON), { kind: 'time', atMs: Number.NaN }).state), 'release');
});

test('lock ends a pulse, and tells a released line again', () => {
  const cut = feed(after(unlock(0), ON), { kind: 'lock', cause: { reason: 'commanded', actor: 'cli' } });
  assert.equal(command(cut.state), 'release');
  assert.deepEqual(feed(cut.state, OFF).notes, [
    { type: 'door.locked', reason: 'commanded', actor: 'cli', relay: 'off' },
  ]);
  const again = feed(LOCKED, { kind: 'lock', cause: { reason: 'commanded' } });
  assert.equal(command(again.state), 'release');
  assert.deepEqual(feed(again.state, OFF), { state: { ...again.state, line: 'released' }, notes: [] });
});

test('a relay that fails is released, at once and then at growing intervals up to five seconds', () => {
  const failed = feed(after(unlock(0)), FAILED);
  assert.equal(command(failed.state), 'release');
  assert.deepEqual(told(failed), ['door.fault energise_failed fault']);
  const refused = feed(failed.state, unlock(1));
  assert.equal(refused.report, 'fault');
  assert.equal(refused.state.pulse, undefined);
  const waits: number[] = [];
  let { state } = failed;
  for (let i = 0; i < 8; i++) {
    state = feed(state, { kind: 'failed', energised: false, atMs: 0 }).state;
    assert.equal(command(state), undefined);
    waits.push(lockWakeMs(state));
    state = feed(state, { kind: 'time', atMs: lockWakeMs(state) }).state;
    assert.equal(command(state), 'release');
  }
  assert.deepEqual(waits, [250, 500, 1_000, 2_000, 4_000, 5_000, 5_000, 5_000]);
  const mended = feed(state, OFF);
  assert.equal(mended.state.fault, undefined);
  assert.deepEqual(told(mended), ['door.locked fault_cleared off']);
});

test('lockdown ends a grant and refuses the next; the exit button and the fire input still open', () => {
  const cause = { reason: 'lockdown', actor: 'cli' };
  const down = feed(after(unlock(0), ON), { kind: 'mode', mode: 'lockdown', cause });
  assert.equal(command(down.state), 'release');
  const shut = feed(down.state, OFF);
  assert.deepEqual(told(shut), ['door.locked lockdown off']);
  assert.equal(feed(shut.state, unlock(10)).report, 'off');
  const exit = feed(shut.state, { kind: 'unlock', atMs: 10, by: 'exit', cause: { reason: 'exit' } });
  assert.equal(exit.report, 'pulsed');
  assert.equal(command(feed(shut.state, { kind: 'fire', active: true }).state), 'energise');
});

test('somebody on the way out is let out although the lockdown begins', () => {
  const leaving = after({ kind: 'unlock', atMs: 0, by: 'exit', cause: { reason: 'exit' } }, ON);
  const down = feed(leaving, { kind: 'mode', mode: 'lockdown', cause: { reason: 'lockdown' } });
  assert.equal(command(down.state), undefined);
});

test('a lockdown of a locked door, and its end, are told although no line moves', () => {
  const down = feed(LOCKED, { kind: 'mode', mode: 'lockdown', cause: { reason: 'lockdown' } });
  assert.deepEqual(told(down), ['door.locked lockdown off']);
  const up = feed(down.state, { kind: 'mode', mode: 'normal', cause: { reason: 'normal' } });
  assert.deepEqual(told(up), ['door.locked normal off']);
  assert.equal(feed(up.state, unlock(0)).report, 'pulsed');
});

test('held open releases the lock until the mode ends, whatever pulses run meanwhile', () => {
  const cause = { reason: 'schedule' };
  const free = after({ kind: 'mode', mode: 'held_open', cause }, ON);
  assert.equal(feed(free, unlock(0)).report, 'extended');
  const passed = after({ kind: 'mode', mode: 'held_open', cause }, ON, unlock(0), {
    kind: 'time',
    atMs: 9_999,
  });
  assert.equal(command(passed), undefined);
  const over = feed(passed, { kind: 'mode', mode: 'normal', cause });
  assert.equal(command(over.state), 'release');
  assert.deepEqual(told(feed(over.state, OFF)), ['door.locked schedule off']);
});

test('fire releases until it is cleared, and a relay that fails meanwhile is tried again until it does', () => {
  const burning = after({ kind: 'fire', active: true });
  assert.equal(command(burning), 'energise');
  const failed = feed(burning, FAILED).state;
  const waiting = feed(failed, OFF).state;
  assert.equal(command(waiting), undefined);
  const due = feed(waiting, { kind: 'time', atMs: lockWakeMs(waiting) }).state;
  assert.equal(command(due), 'energise');
  const open = feed(due, ON);
  assert.deepEqual(told(open), ['door.unlocked fire pulsed']);
  assert.equal(open.state.fault, undefined);
  const cleared = feed(open.state, { kind: 'fire', active: false }).state;
  assert.equal(command(cleared), 'release');
  assert.deepEqual(told(feed(cleared, OFF)), ['door.locked fire_cleared off']);
  const given = feed(waiting, { kind: 'fire', active: false });
  assert.equal(given.state.fault, undefined);
  assert.deepEqual(told(given), ['door.locked fault_cleared off']);
});
