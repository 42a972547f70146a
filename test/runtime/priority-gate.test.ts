import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PriorityGate } from '../../src/runtime/priority-gate.ts';

test('one at a time, and a door frame goes before every waiting request', async () => {
  const gate = new PriorityGate();
  const order: string[] = [];
  let inside = 0;
  const work = (name: string) => async () => {
    assert.equal(++inside, 1);
    await Promise.resolve();
    order.push(name);
    inside--;
  };
  await Promise.all([
    gate.run('request', work('first request')),
    gate.run('request', work('second request')),
    gate.run('request', work('third request')),
    gate.run('door', work('door')),
  ]);
  assert.deepEqual(order, ['first request', 'door', 'second request', 'third request']);
});

test('a failure is passed on and frees the gate', async () => {
  const gate = new PriorityGate();
  const failing = gate.run('door', () => Promise.reject(new Error('broken')));
  const next = gate.run('request', async () => 'went on');
  await assert.rejects(failing, /broken/);
  assert.equal(await next, 'went on');
});
