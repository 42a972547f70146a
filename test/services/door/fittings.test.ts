import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LimenError } from '../../../src/core/errors.ts';
import type { InputListener } from '../../../src/core/ports/door-input.ts';
import { MemoryRelay } from '../../../src/drivers/relay/memory.ts';
import { MemoryInput } from '../../../src/drivers/relay/memory-input.ts';
import { ManualClock } from '../../../src/runtime/clock.ts';
import { Health } from '../../../src/runtime/health.ts';
import { silentLog } from '../../../src/runtime/logger.ts';
import { Door } from '../../../src/services/door/door.ts';
import { DoorInputs } from '../../../src/services/door/door-inputs.ts';
import { Signals } from '../../../src/services/door/signals.ts';
import { RecordingJournal } from '../../fixtures/recording-journal.ts';
import { fitted, SIGNAL, settle } from './fitted-door.ts';

/** An input that fails as told, and is broken by hand. */
class BrittleInput extends MemoryInput {
  failures = 0;
  openings = 0;
  #heard: InputListener | undefined;

  override async open(listener: InputListener): Promise<void> {
    this.openings++;
    if (this.failures-- > 0) throw new LimenError('input_unavailable', 'no such line');
    this.#heard = listener;
    await super.open(listener);
  }

  breakOff(): void {
    this.#heard?.lost(new LimenError('input_unavailable', 'EIO'));
  }
}

test('wires reach the door: button, opening, closing, and the line with them', async () => {
  const { clock, door, relay, said, log, health } = await fitted();
  const lines = { contact: new MemoryInput('memory:'), exitButton: new MemoryInput('memory:') };
  const inputs = new DoorInputs({ door, lines, clock, log, health });
  await inputs.start();
  lines.exitButton.set(true);
  await settle();
  clock.advance(500);
  lines.contact.set(true);
  clock.advance(400);
  lines.contact.set(false);
  await settle();
  assert.deepEqual(relay.intervals, [{ onMs: 0, offMs: 900 }]);
  assert.deepEqual(said(), [
    'exit.requested',
    'door.unlocked exit',
    'door.opened exit',
    'door.closed',
    'door.locked closed',
  ]);
  assert.deepEqual(door.state.inputs, { contact: false, exitButton: true });
  await inputs.stop();
  lines.contact.set(true);
  assert.equal(said().length, 5);
});

test('an input that cannot be read is told once, tried again, and found again', async () => {
  const { clock, door, said, log, health } = await fitted();
  const contact = new BrittleInput('memory:');
  contact.failures = 3;
  const inputs = new DoorInputs({ door, lines: { contact }, clock, log, health });
  await inputs.start();
  assert.deepEqual(said(), ['door.fault contact_lost']);
  assert.equal(health.snapshot().components['inputs front']?.status, 'failed');
  for (let i = 0; i < 20; i++) {
    clock.advance(1_000);
    await settle();
  }
  assert.equal(contact.openings, 4);
  assert.equal(health.snapshot().components['inputs front']?.status, 'ok');
  contact.breakOff();
  await settle();
  assert.deepEqual(said(), ['door.fault contact_lost', 'door.fault contact_lost']);
  clock.advance(30_000);
  await settle();
  assert.equal(door.state.inputs.contact, false);
  contact.breakOff();
  await inputs.stop();
  clock.advance(60_000);
  await settle();
  assert.equal(contact.openings, 5);
});

test('lamp and buzzer answer for a second, once for answers that overlap, and hold nothing back when they fail', async () => {
  const clock = new ManualClock();
  const journal = new RecordingJournal();
  const health = new Health();
  const [granted, denied] = [new MemoryRelay('memory:', clock), new MemoryRelay('memory:', clock)];
  denied.open = () => Promise.reject(new LimenError('relay_unavailable', 'no such line'));
  const signals = new Signals({
    door: 'front',
    outputs: { granted, denied },
    journal,
    clock,
    log: silentLog,
    health,
  });
  await signals.start();
  assert.equal(health.snapshot().status, 'degraded');
  journal.append({ type: 'access.granted', door: 'front', track: 1 });
  await settle();
  clock.advance(600);
  journal.append({ type: 'access.granted', door: 'front', track: 2 });
  journal.append({ type: 'access.granted', door: 'yard', track: 2 });
  journal.append({ type: 'access.denied', door: 'front', track: 3 });
  journal.append({ type: 'access.denied', door: 'front', reason: 'model_unavailable' });
  await settle();
  clock.advance(1_000);
  await settle();
  assert.deepEqual(granted.intervals, [{ onMs: 0, offMs: 1_600 }]);
  assert.deepEqual(denied.intervals, []);
  journal.append({ type: 'access.granted', door: 'front', track: 4 });
  await settle();
  await signals.stop();
  assert.equal(granted.energised, false);
  journal.append({ type: 'access.granted', door: 'front', track: 5 });
  await settle();
  assert.equal(granted.intervals.length, 2);
});

test('the wall clock may step by an hour or ten years in mid-pulse', async () => {
  for (const stepMs of [3.6e6, -3.6e6, 3.2e11, -3.2e11]) {
    const clock = new ManualClock({ epoch: new Date('2026-06-01T12:00:00Z') });
    let offMs = 0;
    const wall = clock.wall.bind(clock);
    clock.wall = () => new Date(wall().getTime() + offMs);
    const relay = new MemoryRelay('memory:', clock);
    const journal = new RecordingJournal();
    const door = new Door({ id: 'front', relay, journal, clock, log: silentLog });
    await door.start(SIGNAL);
    await door.unlock({ cause: 'grant' });
    clock.advance(1_000);
    offMs = stepMs;
    clock.advance(60_000);
    await settle();
    assert.deepEqual(relay.intervals, [{ onMs: 0, offMs: 3_000 }]);
  }
});
