import assert from 'node:assert/strict';
import { test } from 'node:test';
import { relayFor } from '../../../src/drivers/relay/schemes.ts';
import { ManualClock } from '../../../src/runtime/clock.ts';
import { FarRelay } from './far-relay.ts';

async function fitted() {
  const clock = new ManualClock({ epoch: new Date('2026-06-01T12:00:00Z') });
  const far = new FarRelay();
  const relay = relayFor('mqtt:building/io/front', clock, far);
  await relay.open();
  return { clock, far, relay };
}

async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

test('a command is one message with an expiry and a lease, never retained', async () => {
  const { far, relay } = await fitted();
  await relay.set(true);
  assert.deepEqual(new Set(far.topics), new Set(['building/io/front/set']));
  assert.deepEqual(
    far.commands.map(({ energised }) => energised),
    [false, true],
  );
  const { id, ...command } = far.commands[1] ?? assert.fail('no command');
  assert.match(id, /^[0-9a-f-]{36}$/);
  assert.deepEqual(command, { energised: true, expiresAt: '2026-06-01T12:00:02.000Z', leaseMs: 10_000 });
  await relay.close();
  assert.equal(far.commands.at(-1)?.energised, false);
  assert.equal(far.subscriptions, 0);
});

test('no answer, an old one, a stranger’s or a contrary one is a fault', async () => {
  for (const behaviour of ['silent', 'retains', 'contrary'] as const) {
    const { clock, far, relay } = await fitted();
    far.behaviour = behaviour;
    const commanded = relay.set(true);
    const rejected = assert.rejects(commanded, { code: 'relay_fault' });
    far.answer('building/io/front/set', { id: 'somebody else', energised: true });
    await settle();
    clock.advance(2_000);
    await rejected;
    assert.equal(relay.energised, false);
  }
});

test('without a broker a command fails at once; the next connection tells the line to release', async () => {
  const { far, relay } = await fitted();
  far.become({ kind: 'disconnected', reason: 'gone' });
  await assert.rejects(relay.set(true), { code: 'relay_fault', message: /no broker/ });
  far.commands.length = 0;
  far.become({ kind: 'connected' });
  await settle();
  assert.deepEqual(
    far.commands.map(({ energised }) => energised),
    [false],
  );
});

test('the lease is renewed while the line is energised, and only then', async () => {
  const { clock, far, relay } = await fitted();
  await relay.set(true);
  far.commands.length = 0;
  clock.advance(10_000);
  await settle();
  assert.equal(far.commands.filter(({ energised }) => energised).length, 3);
  await relay.set(false);
  far.commands.length = 0;
  clock.advance(60_000);
  await settle();
  assert.deepEqual(far.commands, []);
});

test('a broker is needed, and a topic that is one', () => {
  const clock = new ManualClock();
  assert.throws(() => relayFor('mqtt:building/io/front', clock), { code: 'relay_unavailable' });
  for (const uri of [
    'mqtt:',
    'mqtt:a/+/b',
    'mqtt:a/b/',
    'mqtt:a?ackMs=1',
    'mqtt:a?leaseMs=x',
    'mqtt:a?x=1',
  ]) {
    assert.throws(() => relayFor(uri, clock, new FarRelay()), { code: 'uri_invalid' }, uri);
  }
});
