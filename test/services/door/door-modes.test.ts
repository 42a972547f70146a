import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LimenError } from '../../../src/core/errors.ts';
import type { DocumentStore } from '../../../src/core/ports/store.ts';
import { parseWindow, type Schedule } from '../../../src/core/schedule.ts';
import { MemoryDocument } from '../../../src/drivers/store/memory-document.ts';
import { DoorModes } from '../../../src/services/door/door-modes.ts';
import { type LockdownDocument, parseLockdowns } from '../../../src/services/door/lockdown-document.ts';
import { fitted, settle } from './fitted-door.ts';

const CLI = { actor: 'cli' };
const OFFICE = [parseWindow('daily 07:00-18:00')].filter((window) => window !== undefined);

async function moded(
  document: DocumentStore<LockdownDocument>,
  schedules: { heldOpen?: Schedule; lockdown?: Schedule } = {},
  options: { synced?: boolean; epoch?: string } = {},
) {
  const parts = await fitted(options);
  const calendar = { timeZone: 'UTC', holidays: [] };
  const modes = new DoorModes({
    doors: [{ door: parts.door, ...schedules }],
    calendar,
    document,
    journal: parts.journal,
    clock: parts.clock,
    log: parts.log,
  });
  await modes.start();
  await settle();
  return { ...parts, modes };
}

test('a door is held open by its schedule, locked when it ends, and never by a clock that may be wrong', async () => {
  const document = () => new MemoryDocument<LockdownDocument>({ doors: [] });
  const { clock, relay, said } = await moded(
    document(),
    { heldOpen: OFFICE },
    { epoch: '2026-06-01T06:59:00Z' },
  );
  clock.advance(120_000);
  await settle();
  assert.equal(relay.energised, true);
  clock.advance(11 * 3_600_000);
  await settle();
  assert.equal(relay.energised, false);
  assert.deepEqual(said(), ['door.unlocked held_open', 'door.locked normal']);
  const wrong = await moded(document(), { heldOpen: OFFICE }, { synced: false });
  wrong.clock.advance(60_000);
  await settle();
  assert.deepEqual(wrong.relay.intervals, []);
});

test('a lockdown by command outlives a restart, and goes before every schedule', async () => {
  const document = new MemoryDocument<LockdownDocument>({ doors: [] });
  const first = await moded(document, { heldOpen: OFFICE });
  assert.equal(first.relay.energised, true);
  assert.equal(await first.modes.command('front', 'lockdown', { actor: 'http:127.0.0.1' }), true);
  await settle();
  assert.equal(first.relay.energised, false);
  assert.equal(await first.door.unlock({ cause: 'grant' }), 'off');
  const again = await moded(document, { heldOpen: OFFICE });
  assert.equal(again.door.mode, 'lockdown');
  assert.equal(await again.modes.command('front', 'schedule', CLI), true);
  await settle();
  assert.equal(again.relay.energised, true);
  assert.deepEqual(document.value, { doors: [] });
  assert.equal(await again.modes.command('back', 'lockdown', CLI), false);
  const held = await moded(document);
  await held.modes.command('front', 'held_open', CLI);
  assert.deepEqual(document.value, { doors: [] });
});

test('a lockdown holds although it cannot be written', async () => {
  const failing: DocumentStore<LockdownDocument> = {
    value: { doors: [] },
    update: () => Promise.reject(new LimenError('store_fault', 'ENOSPC')),
  };
  const { modes, door } = await moded(failing);
  await assert.rejects(modes.command('front', 'lockdown', CLI), { code: 'store_fault' });
  assert.equal(door.mode, 'lockdown');
});

test('a mode that is set for a time ends by itself, with who asked for it in the journal', async () => {
  const document = new MemoryDocument<LockdownDocument>({ doors: [] });
  const { clock, events, modes, door, relay } = await moded(document);
  await modes.command('front', 'held_open', { actor: 'token:desk@mqtt', forMs: 7_000 });
  await settle();
  assert.deepEqual([door.mode, relay.energised], ['held_open', true]);
  assert.equal(modes.until('front'), '2026-06-01T12:00:07.000Z');
  clock.advance(6_999);
  await settle();
  assert.equal(relay.energised, true);
  clock.advance(1);
  await settle();
  assert.deepEqual([door.mode, relay.energised, modes.until('front')], ['normal', false, undefined]);
  assert.deepEqual(
    events.filter(({ type }) => type === 'door.mode_changed'),
    [
      {
        type: 'door.mode_changed',
        door: 'front',
        reason: 'held_open',
        actor: 'token:desk@mqtt',
        expiresAt: '2026-06-01T12:00:07.000Z',
      },
      { type: 'door.mode_changed', door: 'front', reason: 'schedule' },
    ],
  );
  await modes.command('front', 'lockdown', { ...CLI, forMs: 60_000 });
  assert.deepEqual(document.value.doors, ['front']);
  await modes.command('front', 'normal', CLI);
  clock.advance(120_000);
  await settle();
  assert.deepEqual(
    [document.value, events.filter(({ type }) => type === 'door.mode_changed').length],
    [{ doors: [] }, 4],
  );
});

test('a lockdown for a time ends on time over a restart, and never earlier by a clock that may be wrong', async () => {
  const document = () => {
    const terms = { front: { until: '2026-06-01T12:30:00.000Z', forMs: 3_600_000 } };
    return new MemoryDocument<LockdownDocument>({ doors: ['front'], terms });
  };
  const right = await moded(document());
  right.clock.advance(29 * 60_000);
  assert.equal(right.door.mode, 'lockdown');
  right.clock.advance(60_000);
  assert.equal(right.door.mode, 'normal');
  const past = document();
  const late = await moded(past, {}, { epoch: '2026-06-02T00:00:00Z' });
  await late.modes.stop();
  assert.deepEqual([late.door.mode, past.value], ['normal', { doors: [] }]);
  // a clock ahead by ten years, and one behind: the whole hour counts from the start on
  for (const epoch of ['2036-06-01T12:00:00Z', '1970-01-01T00:00:00Z']) {
    const wrong = await moded(document(), {}, { synced: false, epoch });
    wrong.clock.advance(3_599_999);
    assert.equal(wrong.door.mode, 'lockdown');
    wrong.clock.advance(1);
    assert.equal(wrong.door.mode, 'normal');
  }
});

test('what stands on disk of lockdowns is checked', () => {
  assert.deepEqual(parseLockdowns({ doors: ['front'] }), { doors: ['front'] });
  const terms = { front: { until: '2026-06-01T12:30:00.000Z', forMs: 60_000 } };
  assert.deepEqual(parseLockdowns({ doors: ['front'], terms }), { doors: ['front'], terms });
  const never = { doors: ['front'], terms: { front: { until: 'never', forMs: 1 } } };
  const short = { doors: ['front'], terms: { front: { until: '2026-06-01T12:30:00.000Z', forMs: -1 } } };
  for (const value of [null, {}, { doors: 'front' }, { doors: [1] }, never, short]) {
    assert.throws(() => parseLockdowns(value), TypeError);
  }
});
