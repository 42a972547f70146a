import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import { ManualClock } from '../../src/runtime/clock.ts';
import { silentLog } from '../../src/runtime/logger.ts';
import { Notifier, takeServiceManager, Watchdog } from '../../src/runtime/notify.ts';
import { unixAddress } from '../../src/runtime/unix-datagram.ts';
import { scratch } from '../fixtures/scratch.ts';
import { DatagramReceiver, NO_PYTHON } from './datagram-receiver.ts';

test('what systemd left is read once and not inherited', () => {
  const env: Record<string, string | undefined> = {
    NOTIFY_SOCKET: '/run/x',
    WATCHDOG_USEC: '30000000',
    WATCHDOG_PID: '17',
    PATH: '/bin',
  };
  assert.deepEqual(takeServiceManager(env, 17), { socket: '/run/x', watchdogMs: 30_000 });
  assert.deepEqual(env, { PATH: '/bin' });
  assert.deepEqual(takeServiceManager(env, 17), { socket: undefined, watchdogMs: undefined });
});

test('a watchdog of another process, or none that makes sense, is not ours', () => {
  const take = (env: Record<string, string>) => takeServiceManager(env, 17).watchdogMs;
  assert.equal(take({ WATCHDOG_USEC: '1000', WATCHDOG_PID: '18' }), undefined);
  assert.equal(take({ WATCHDOG_USEC: '1000' }), 1);
  for (const usec of ['', '0', '-1', 'soon', '1e9']) assert.equal(take({ WATCHDOG_USEC: usec }), undefined);
});

test('addresses of files and of abstract names', () => {
  assert.deepEqual([...(unixAddress('/a') ?? [])].slice(2), [0x2f, 0x61, 0]);
  assert.deepEqual([...(unixAddress('@a') ?? [])].slice(2), [0, 0x61]);
  for (const bad of ['', '/', '@', 'relative', 'vsock:2:1', `/${'x'.repeat(107)}`]) {
    assert.equal(unixAddress(bad), undefined, bad);
  }
  assert.equal(unixAddress(`/${'x'.repeat(106)}`)?.length, 110);
});

test('without a socket nothing is told and nothing fails', () => {
  const notifier = new Notifier({ socket: undefined }, silentLog);
  assert.equal(notifier.connected, false);
  notifier.ready('x');
  notifier.alive();
  notifier.stopping();
  notifier.close();
  notifier.close();
});

async function tellEverything(name: string): Promise<void> {
  const receiver = await DatagramReceiver.open(name);
  const notifier = new Notifier({ socket: name }, silentLog);
  try {
    notifier.extendTimeout(1_500);
    assert.equal(await receiver.next(), 'EXTEND_TIMEOUT_USEC=1500000');
    notifier.ready('watching one door\nREADY=0');
    assert.equal(await receiver.next(), 'READY=1\nSTATUS=watching one door READY=0');
    notifier.alive();
    assert.equal(await receiver.next(), 'WATCHDOG=1');
    notifier.status('é');
    assert.equal(await receiver.next(), 'STATUS=é');
    notifier.stopping();
    assert.equal(await receiver.next(), 'STOPPING=1');
  } finally {
    notifier.close();
    await receiver.close();
  }
}

test('a receiver bound to a file gets each state', { skip: NO_PYTHON, timeout: 20_000 }, async () => {
  const directory = scratch();
  await tellEverything(join(directory, 'notify'));
});

test('a receiver with an abstract name gets each state', { skip: NO_PYTHON, timeout: 20_000 }, () =>
  tellEverything(`@limen-${randomUUID()}`),
);

test('what could not be told goes with the next message', { skip: NO_PYTHON, timeout: 20_000 }, async () => {
  const directory = scratch();
  const name = join(directory, 'notify');
  const notifier = new Notifier({ socket: name }, silentLog);
  notifier.ready('early');
  notifier.alive(); // a missed heartbeat is not owed
  notifier.status('later');
  const receiver = await DatagramReceiver.open(name);
  try {
    notifier.alive();
    assert.equal(await receiver.next(), 'READY=1\nSTATUS=later\nWATCHDOG=1');
    notifier.alive();
    assert.equal(await receiver.next(), 'WATCHDOG=1');
  } finally {
    notifier.close();
    await receiver.close();
  }
});

test('the watchdog is fed by progress only', async () => {
  const clock = new ManualClock();
  const fedAtMs: number[] = [];
  const watchdog = new Watchdog(
    { watchdogMs: 10_000 },
    { notifier: { alive: () => fedAtMs.push(clock.nowMs()) }, clock },
  );
  await watchdog.start();
  clock.advanceTo(4_000);
  watchdog.progress();
  watchdog.progress();
  clock.advanceTo(29_000); // fed once more at 5 s, then starved
  assert.deepEqual(fedAtMs, [0, 5_000]);
  watchdog.progress(); // late: told at once, not at the next look
  watchdog.progress();
  assert.deepEqual(fedAtMs, [0, 5_000, 29_000]);
  clock.advanceTo(31_000);
  assert.deepEqual(fedAtMs, [0, 5_000, 29_000, 30_000]);
  clock.advanceTo(36_000);
  await watchdog.stop();
  await watchdog.stop();
  watchdog.progress();
  clock.advanceTo(60_000);
  assert.equal(fedAtMs.length, 4);
});

test('without WatchdogSec there is no timer', async () => {
  const clock = new ManualClock();
  const watchdog = new Watchdog(
    { watchdogMs: undefined },
    { notifier: { alive: () => assert.fail('fed') }, clock },
  );
  await watchdog.start();
  watchdog.progress();
  clock.advanceTo(60_000);
});
