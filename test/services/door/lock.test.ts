import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LOCKED, type LockInput, type LockState, step, wakeAtMs } from '../../../src/services/door/lock.ts';

const HOLD_MS = 3_000;

function after(...inputs: LockInput[]): LockState {
  return inputs.reduce<LockState>((state, input) => step(state, input, HOLD_MS).state, LOCKED);
}

test('an unlock is a pulse that ends by itself', () => {
  const opened = step(LOCKED, { kind: 'unlock', atMs: 100 }, HOLD_MS);
  assert.deepEqual(opened, {
    state: { kind: 'unlocked', untilMs: 3_100 },
    command: 'energise',
    event: 'door.unlocked',
    report: 'pulsed',
  });
  assert.equal(wakeAtMs(opened.state), 3_100);
  assert.deepEqual(step(opened.state, { kind: 'time', atMs: 3_099 }, HOLD_MS), { state: opened.state });
  assert.deepEqual(step(opened.state, { kind: 'time', atMs: 3_100 }, HOLD_MS), {
    state: LOCKED,
    command: 'release',
    event: 'door.locked',
  });
});

test('a second grant extends to one hold from its own time, never more', () => {
  const extended = step(after({ kind: 'unlock', atMs: 0 }), { kind: 'unlock', atMs: 2_000 }, HOLD_MS);
  assert.deepEqual(extended, { state: { kind: 'unlocked', untilMs: 5_000 }, report: 'extended' });
  const back = step(extended.state, { kind: 'unlock', atMs: 1_000 }, HOLD_MS);
  assert.deepEqual(back.state, { kind: 'unlocked', untilMs: 5_000 });
});

test('a time that is no number opens nothing and ends a pulse', () => {
  assert.equal(step(LOCKED, { kind: 'unlock', atMs: Number.NaN }, HOLD_MS).command, undefined);
  assert.equal(step(LOCKED, { kind: 'unlock', atMs: 0 }, Number.NaN).command, undefined);
  assert.equal(step(LOCKED, { kind: 'unlock', atMs: 0 }, Number.POSITIVE_INFINITY).command, undefined);
  const open = after({ kind: 'unlock', atMs: 0 });
  assert.equal(step(open, { kind: 'time', atMs: Number.NaN }, HOLD_MS).command, 'release');
});

test('a relay that fails is released, at once and then at growing intervals up to five seconds', () => {
  const failed = step(after({ kind: 'unlock', atMs: 0 }), { kind: 'relay_failed', atMs: 0 }, HOLD_MS);
  assert.equal(failed.command, 'release');
  assert.equal(failed.event, 'door.fault');
  assert.equal(step(failed.state, { kind: 'unlock', atMs: 1 }, HOLD_MS).report, 'fault');
  assert.equal(step(failed.state, { kind: 'unlock', atMs: 1 }, HOLD_MS).command, undefined);
  const waits: number[] = [];
  let state = failed.state;
  for (let i = 0; i < 8; i++) {
    const atMs = wakeAtMs(state) ?? Number.NaN;
    waits.push(atMs);
    assert.equal(step(state, { kind: 'time', atMs }, HOLD_MS).command, 'release');
    state = step(state, { kind: 'relay_failed', atMs: 0 }, HOLD_MS).state;
  }
  assert.deepEqual(waits, [250, 500, 1_000, 2_000, 4_000, 5_000, 5_000, 5_000]);
  assert.deepEqual(step(state, { kind: 'relay_released' }, HOLD_MS), { state: LOCKED, event: 'door.locked' });
});

test('in any order of inputs the line is energised only within one hold of an unlock', () => {
  const time = fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 0, max: 5_000 }) },
    { weight: 1, arbitrary: fc.constantFrom(3_600_000, Number.NaN) },
  );
  const inputs = fc.array(
    fc.record({
      kind: fc.constantFrom<LockInput['kind']>(
        'unlock',
        'unlock',
        'lock',
        'time',
        'relay_failed',
        'relay_released',
      ),
      waitMs: time,
    }),
    { maxLength: 40 },
  );
  fc.assert(
    fc.property(inputs, (list) => {
      let state: LockState = LOCKED;
      let lastUnlockMs = Number.NEGATIVE_INFINITY;
      let nowMs = 0;
      for (const { kind, waitMs } of list) {
        // Timers fire before anything later happens, as the door's do.
        const target = nowMs + (Number.isNaN(waitMs) ? 0 : waitMs);
        const wake = wakeAtMs(state);
        if (wake !== undefined && wake <= target) {
          state = step(state, { kind: 'time', atMs: Math.max(nowMs, wake) }, HOLD_MS).state;
        }
        nowMs = target;
        const input: LockInput =
          kind === 'lock' || kind === 'relay_released'
            ? { kind }
            : { kind, atMs: Number.isNaN(waitMs) ? waitMs : nowMs };
        const next = step(state, input, HOLD_MS);
        if (next.report === 'pulsed' || next.report === 'extended') lastUnlockMs = nowMs;
        if (next.command === 'energise') assert.equal(kind, 'unlock');
        state = next.state;
        if (state.kind === 'unlocked') {
          assert.ok(state.untilMs <= lastUnlockMs + HOLD_MS);
          assert.ok(nowMs < lastUnlockMs + HOLD_MS);
        }
      }
    }),
    { numRuns: 2_000, seed: 7 },
  );
});
