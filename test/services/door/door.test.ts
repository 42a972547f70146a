import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LimenError } from '../../../src/core/errors.ts';
import type { EventBody, LimenEvent } from '../../../src/core/events.ts';
import type { Relay } from '../../../src/core/ports/relay.ts';
import { MemoryRelay } from '../../../src/drivers/relay/memory.ts';
import { ManualClock } from '../../../src/runtime/clock.ts';
import { Health } from '../../../src/runtime/health.ts';
import { silentLog } from '../../../src/runtime/logger.ts';
import { Door } from '../../../src/services/door/door.ts';

const SIGNAL = new AbortController().signal;

/** A memory relay whose commands can be made to fail. */
class BrittleRelay extends MemoryRelay {
  failing: 'never' | 'energise' | 'release' | 'always' = 'never';
  readonly commands: boolean[] = [];

  override async set(energised: boolean): Promise<void> {
    this.commands.push(energised);
    const fails = this.failing === 'always' || this.failing === (energised ? 'energise' : 'release');
    if (fails) throw new LimenError('relay_fault', 'EIO');
    await super.set(energised);
  }
}

async function fitted(relay?: (clock: ManualClock) => Relay) {
  const clock = new ManualClock({ epoch: new Date('2026-06-01T12:00:00Z') });
  const events: EventBody[] = [];
  const health = new Health();
  const journal = {
    append: (body: EventBody) => {
      events.push(body);
      return body as LimenEvent;
    },
  };
  const door = new Door({ id: 'front', relay: relay?.(clock), journal, clock, log: silentLog, health });
  await door.start(SIGNAL);
  return { clock, events, health, door, said: () => events.map(({ type, reason }) => `${type} ${reason}`) };
}

/** Lets everything that is already due run. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

async function onMemory() {
  let relay: MemoryRelay | undefined;
  const parts = await fitted((clock) => {
    relay = new MemoryRelay('memory:', clock);
    return relay;
  });
  return { ...parts, relay: relay as MemoryRelay };
}

async function onBrittle() {
  let relay: BrittleRelay | undefined;
  const parts = await fitted((clock) => {
    relay = new BrittleRelay('memory:', clock);
    return relay;
  });
  return { ...parts, relay: relay as BrittleRelay };
}

test('a grant is one pulse of exactly holdMs, journalled at both ends', async () => {
  const { clock, door, relay, events } = await onMemory();
  assert.equal(await door.unlock({ cause: 'grant', capturedAtMs: 0 }), 'pulsed');
  assert.equal(door.state.lock, 'unlocked');
  clock.advance(10_000);
  await settle();
  assert.deepEqual(relay.intervals, [{ onMs: 0, offMs: 3_000 }]);
  assert.deepEqual(events, [
    {
      type: 'door.unlocked',
      door: 'front',
      relay: 'pulsed',
      reason: 'grant',
      expiresAt: '2026-06-01T12:00:03.000Z',
    },
    { type: 'door.locked', door: 'front', relay: 'off', reason: 'pulse_ended' },
  ]);
});

test('a second grant extends the pulse; the line stays one interval', async () => {
  const { clock, door, relay } = await onMemory();
  await door.unlock({ cause: 'grant' });
  clock.advance(2_000);
  assert.equal(await door.unlock({ cause: 'http', actor: 'http:127.0.0.1' }), 'extended');
  clock.advance(10_000);
  await settle();
  assert.deepEqual(relay.intervals, [{ onMs: 0, offMs: 5_000 }]);
});

test('a frame older than the deadline does not reach the relay', async () => {
  const { clock, door, relay } = await onMemory();
  clock.advance(1_000);
  assert.equal(await door.unlock({ cause: 'grant', capturedAtMs: 499 }), 'off');
  assert.equal(await door.unlock({ cause: 'grant', capturedAtMs: Number.NaN }), 'off');
  assert.deepEqual(relay.intervals, []);
  assert.equal(await door.unlock({ cause: 'grant', capturedAtMs: 500 }), 'pulsed');
});

test('lock ends a pulse at once', async () => {
  const { clock, door, relay, said } = await onMemory();
  await door.unlock({ cause: 'mqtt' });
  clock.advance(500);
  await door.lock('mqtt');
  assert.deepEqual(relay.intervals, [{ onMs: 0, offMs: 500 }]);
  assert.deepEqual(said(), ['door.unlocked mqtt', 'door.locked commanded']);
});

test('stop releases in mid-pulse, closes, and nothing opens afterwards', async () => {
  const { clock, door, relay, said } = await onMemory();
  await door.unlock({ cause: 'grant' });
  clock.advance(100);
  await Promise.all([door.stop(), door.stop()]);
  assert.deepEqual(relay.intervals, [{ onMs: 0, offMs: 100 }]);
  assert.equal(await door.unlock({ cause: 'grant' }), 'off');
  await assert.rejects(relay.set(true), { code: 'relay_fault' });
  assert.deepEqual(said(), ['door.unlocked grant', 'door.locked stopping']);
});

test('stop is legal before start and while the relay is opening', async () => {
  const clock = new ManualClock();
  const relay = new MemoryRelay('memory:', clock);
  const journal = { append: (body: EventBody) => body as LimenEvent };
  const door = new Door({ id: 'front', relay, journal, clock, log: silentLog });
  const starting = door.start(SIGNAL);
  await door.stop();
  await starting;
  assert.equal(await door.unlock({ cause: 'grant' }), 'off');
  await new Door({ id: 'back', relay, journal, clock, log: silentLog }).stop();
});

test('without a relay nothing moves and health says so', async () => {
  const { door, events, health } = await fitted();
  assert.equal(await door.unlock({ cause: 'grant' }), 'none');
  assert.equal(await door.lock(), 'none');
  assert.equal(door.connected, false);
  assert.equal(door.real, false);
  assert.equal(door.state.relay, 'none');
  assert.deepEqual(events, []);
  assert.equal(health.snapshot().components['door front']?.detail, 'NO DOOR CONNECTED');
  await door.stop();
});

test('a relay that does not energise is released, reported, and may try again', async () => {
  const { door, relay, said, health } = await onBrittle();
  relay.failing = 'energise';
  assert.equal(await door.unlock({ cause: 'grant' }), 'fault');
  assert.deepEqual(relay.commands, [true, false]);
  assert.deepEqual(said(), ['door.fault energise_failed', 'door.locked fault_cleared']);
  assert.equal(health.snapshot().status, 'ok');
  relay.failing = 'never';
  assert.equal(await door.unlock({ cause: 'grant' }), 'pulsed');
});

test('a relay that does not release is told again until it does; meanwhile nothing opens', async () => {
  const { clock, door, relay, said, health } = await onBrittle();
  await door.unlock({ cause: 'grant' });
  relay.failing = 'release';
  clock.advance(3_000);
  await settle();
  assert.equal(door.state.lock, 'fault');
  assert.equal(health.snapshot().status, 'failed');
  assert.equal(await door.unlock({ cause: 'grant' }), 'fault');
  for (let i = 0; i < 20; i++) {
    clock.advance(250);
    await settle();
  }
  relay.failing = 'never';
  clock.advance(5_000);
  await settle();
  assert.equal(door.state.lock, 'locked');
  assert.equal(relay.energised, false);
  assert.equal(health.snapshot().status, 'ok');
  assert.deepEqual(said(), ['door.unlocked grant', 'door.fault release_failed', 'door.locked fault_cleared']);
});

test('a relay that cannot be opened stops the start', async () => {
  const clock = new ManualClock();
  const relay = new MemoryRelay('memory:', clock);
  relay.open = () => Promise.reject(new LimenError('relay_unavailable', 'no such chip'));
  const journal = { append: (body: EventBody) => body as LimenEvent };
  const door = new Door({ id: 'front', relay, journal, clock, log: silentLog });
  await assert.rejects(door.start(SIGNAL), { code: 'relay_unavailable' });
  await door.stop();
});

test('a journal or a listener that throws does not disturb the door', async () => {
  const clock = new ManualClock();
  const relay = new MemoryRelay('memory:', clock);
  const failing = () => {
    throw new Error('ENOSPC');
  };
  const door = new Door({ id: 'front', relay, journal: { append: failing }, clock, log: silentLog });
  door.onState(failing);
  await door.start(SIGNAL);
  assert.equal(await door.unlock({ cause: 'grant' }), 'pulsed');
  clock.advance(3_000);
  await settle();
  assert.deepEqual(relay.intervals, [{ onMs: 0, offMs: 3_000 }]);
});

test('nobody is ever shown an unlocked door whose relay is off, nor a locked one whose relay is on', async () => {
  const { door, relay, clock } = await onMemory();
  const seen: string[] = [];
  const set = relay.set.bind(relay);
  relay.set = async (energised) => {
    await settle(); // a relay takes its time
    await set(energised);
  };
  door.onState(({ condition, lock, energised }) => {
    seen.push(`${condition} ${lock} ${energised ? 'on' : 'off'}`);
    assert.equal(energised, relay.energised);
  });
  const quiet = async () => {
    for (let i = 0; i < 5; i++) await settle();
  };
  await door.unlock({ cause: 'grant' });
  await quiet();
  clock.advance(3_000);
  await quiet();
  const pulse = ['unlocked unlocked on', 'locked locked off'];
  assert.deepEqual([...new Set(seen)], pulse);
  door.setMode('held_open', 'held_open');
  await quiet();
  door.setMode('lockdown', 'lockdown');
  await quiet();
  door.level('fire', true);
  await quiet();
  door.level('fire', false);
  await quiet();
  assert.deepEqual([...new Set(seen)], [...pulse, 'lockdown locked off']);
  await door.stop();
});

test('a storm of requests is refused, not queued', async () => {
  const { door, relay, clock } = await onMemory();
  const reports = await Promise.all(Array.from({ length: 1_000 }, () => door.unlock({ cause: 'http' })));
  assert.equal(reports.filter((report) => report === 'pulsed').length, 1);
  assert.equal(reports.filter((report) => report === 'extended').length, 15);
  clock.advance(3_000);
  await settle();
  assert.deepEqual(relay.intervals, [{ onMs: 0, offMs: 3_000 }]);
});

test('whatever happens in whatever order, the line is energised only within holdMs of a grant', async () => {
  const deed = fc.oneof(
    fc.record({ kind: fc.constant('unlock' as const), ageMs: fc.integer({ min: 0, max: 1_000 }) }),
    fc.record({ kind: fc.constant('lock' as const) }),
    fc.record({
      kind: fc.constant('wait' as const),
      ms: fc.oneof(fc.integer({ min: 0, max: 4_000 }), fc.constantFrom(3_600_000, 1)),
    }),
    fc.record({
      kind: fc.constant('relay' as const),
      failing: fc.constantFrom('never' as const, 'never' as const, 'energise' as const),
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(deed, { maxLength: 30 }), async (deeds) => {
      const { clock, door, relay } = await onBrittle();
      const grantsMs: number[] = [];
      for (const what of deeds) {
        const nowMs = clock.nowMs();
        if (what.kind === 'unlock') {
          const report = await door.unlock({ cause: 'grant', capturedAtMs: nowMs - what.ageMs });
          if (report === 'pulsed' || report === 'extended') grantsMs.push(nowMs);
          if (what.ageMs > 500) assert.equal(report, 'off');
        } else if (what.kind === 'lock') await door.lock();
        else if (what.kind === 'relay') relay.failing = what.failing;
        else clock.advance(what.ms);
        await settle();
      }
      await door.stop();
      assert.equal(relay.energised, false);
      for (const { onMs, offMs } of relay.intervals) {
        assert.ok(grantsMs.includes(onMs));
        const covering = grantsMs.filter((grantMs) => grantMs >= onMs && grantMs <= (offMs ?? 0));
        assert.ok((offMs ?? Number.POSITIVE_INFINITY) <= Math.max(...covering) + 3_000);
        for (const [i, grantMs] of covering.entries()) {
          if (i > 0) assert.ok(grantMs - (covering[i - 1] as number) <= 3_000);
        }
      }
    }),
    { numRuns: 300, seed: 11 },
  );
});
