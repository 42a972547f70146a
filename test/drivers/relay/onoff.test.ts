import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { OnoffRelay } from '../../../src/drivers/relay/onoff.ts';
import { relayFor } from '../../../src/drivers/relay/schemes.ts';
import { ManualClock } from '../../../src/runtime/clock.ts';
import { onoffStandIn } from './onoff-stand-in.ts';

const noSysfs = existsSync('/sys/class/gpio') && 'this kernel has sysfs GPIO';

test('an active-low line begins physically high: the lock does not twitch', async () => {
  const { calls, load } = onoffStandIn();
  const relay = new OnoffRelay('onoff:17?active=low', { number: 17, activeLow: true }, { load, sysfs: '/' });
  await relay.open();
  await relay.set(true);
  await relay.close();
  assert.deepEqual(calls, ['export 17 high activeLow=true', 'write 0', 'write 1', 'write 0', 'unexport']);
});

test('a package that is not there is named with the fix and the alternative', async () => {
  const load = () => Promise.reject(new Error("Cannot find package 'onoff'"));
  const relay = new OnoffRelay('onoff:17', { number: 17, activeLow: false }, { load, sysfs: '/' });
  await assert.rejects(relay.open(), {
    code: 'package_missing',
    message: /Cannot find.*npm install.*gpiod:/,
  });
});

test('without sysfs the character device is recommended', { skip: noSysfs }, async () => {
  const { load } = onoffStandIn();
  const relay = new OnoffRelay('onoff:17', { number: 17, activeLow: false }, { load });
  await assert.rejects(relay.open(), { code: 'relay_unavailable', message: /no sysfs GPIO.*gpiod:/ });
});

test('the package as installed here gives one of the two clear answers', { skip: noSysfs }, async () => {
  await assert.rejects(relayFor('onoff:17', new ManualClock()).open(), (cause: { code: string }) =>
    ['relay_unavailable', 'package_missing'].includes(cause.code),
  );
});

test('a number that does not exist, and a write that fails, are told apart', async () => {
  const missing = onoffStandIn({ make: Object.assign(new Error('EINVAL'), { code: 'EINVAL' }) });
  const target = { number: 17, activeLow: false };
  const relay = new OnoffRelay('onoff:17', target, { load: missing.load, sysfs: '/' });
  await assert.rejects(relay.open(), { code: 'relay_unavailable', message: /no GPIO 17; add the base/ });
  const { load, fail, calls } = onoffStandIn();
  const worn = new OnoffRelay('onoff:17', target, { load, sysfs: '/' });
  await worn.open();
  await worn.set(true);
  fail.write = new Error('EIO');
  await assert.rejects(worn.set(false), { code: 'relay_fault', message: /could not be released: EIO/ });
  assert.equal(worn.energised, true);
  await assert.rejects(worn.close(), { code: 'relay_fault' });
  assert.equal(calls.at(-1), 'unexport');
});
