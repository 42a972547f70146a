import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventPayload } from '../../src/api/mqtt/event-payload.ts';
import { DOOR_RULES } from '../../src/services/door/door-rules.ts';
import { scratch } from '../fixtures/scratch.ts';
import { doorTraffic } from './door-traffic.ts';

/** `scripts/simulate-door.ts` runs 10,000. */
const VISITS = 400;

test('after visits with every fault the line, the journal and the subscriber agree exactly', async () => {
  const directory = scratch();
  const { energised, journalled, events, received } = await doorTraffic({
    visits: VISITS,
    seed: 7,
    directory,
  });
  assert.deepEqual(journalled, energised);
  assert.deepEqual(
    received.map((event) => JSON.stringify(event)),
    events.map((event) => eventPayload(event)),
  );
  assert.deepEqual(
    events.map(({ seq }) => seq),
    events.map((_, at) => at + 1),
  );
  const count = (wanted: string) => events.filter(({ type }) => type === wanted).length;
  assert.ok(energised.length > VISITS / 4, `only ${energised.length} pulses`);
  for (const type of [
    'access.granted',
    'access.denied',
    'access.not_opened',
    'access.tailgating',
    'door.fault',
  ]) {
    assert.ok(count(type) > 0, `no ${type}`);
  }
  for (const type of ['exit.requested', 'fire.released', 'door.forced', 'door.held_open', 'door.opened']) {
    assert.ok(count(type) > 0, `no ${type}`);
  }
  // what energised the line stands beside it, and a pulse that nobody extended has its length at most
  const reasons = new Set(['grant', 'http', 'exit', 'fire', 'commanded']);
  for (const { type, reason } of events) if (type === 'door.unlocked') assert.ok(reasons.has(reason ?? ''));
  const extendable = DOOR_RULES.holdMs * 4;
  const limited = energised.filter(([onMs, offMs]) => offMs - onMs <= extendable).length;
  assert.ok(limited > energised.length * 0.9);
});
