import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Admission } from '../../src/runtime/admission.ts';
import { ManualClock } from '../../src/runtime/clock.ts';

function gated() {
  let open: () => void = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { gate, open };
}

test('one runs, the next wait in order, and whoever finds the queue full is refused at once', async () => {
  const admission = new Admission({ clock: new ManualClock(), slots: 1, maxWaiting: 2 });
  const { gate, open } = gated();
  const order: number[] = [];
  const work = (n: number) => async () => {
    order.push(n);
    await gate;
    return n;
  };
  const accepted = [1, 2, 3].map((n) => admission.run(work(n)));
  assert.deepEqual(admission.counts, { running: 1, waiting: 2 });
  assert.equal((await admission.run(work(4))).kind, 'busy');
  open();
  assert.deepEqual(
    (await Promise.all(accepted)).map((result) => result.kind === 'done' && result.value),
    [1, 2, 3],
  );
  assert.deepEqual(order, [1, 2, 3]);
  assert.deepEqual(admission.counts, { running: 0, waiting: 0 });
});

test('nobody waits longer than the limit, and the slot is not lost', async () => {
  const clock = new ManualClock();
  const admission = new Admission({ clock, slots: 1, maxWaiting: 2, maxWaitMs: 1_000 });
  const { gate, open } = gated();
  const first = admission.run(() => gate);
  const second = admission.run(async () => 'never');
  clock.advance(1_000);
  assert.equal((await second).kind, 'busy');
  open();
  await first;
  assert.deepEqual(await admission.run(async () => 'next'), { kind: 'done', value: 'next' });
});

test('a caller who leaves while waiting frees its place; a failed piece of work frees its slot', async () => {
  const admission = new Admission({ clock: new ManualClock(), slots: 1, maxWaiting: 1 });
  const { gate, open } = gated();
  const first = admission.run(() => gate.then(() => Promise.reject(new Error('broken'))));
  const caller = new AbortController();
  const second = admission.run(async () => 'never', caller.signal);
  caller.abort(new Error('left'));
  await assert.rejects(second, /left/);
  assert.equal(admission.counts.waiting, 0);
  open();
  await assert.rejects(first, /broken/);
  assert.equal((await admission.run(async () => 1)).kind, 'done');
});
