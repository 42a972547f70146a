// Run by relay-gpiod.sh in the guest: what the driver says against what the simulated chip has on its line.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { relayFor } from '../../../src/drivers/relay/schemes.ts';
import { SystemClock } from '../../../src/runtime/clock.ts';
import { Holder } from './holder.ts';

const { LIMEN_SYSTEM_CHIP: chip = '', LIMEN_SYSTEM_LINES: lines = '' } = process.env;
const clock = new SystemClock();
const relayOn = (rest: string) => relayFor(`gpiod://${chip}/${rest}`, clock);
const level = (line: number) => Number(readFileSync(join(lines, `sim_gpio${line}`, 'value'), 'utf8'));
const consumer = (line: number) =>
  new RegExp(`line +${line}: +\\S+ +("[^"]*"|unused)`).exec(
    spawnSync('gpioinfo', [chip], { encoding: 'utf8' }).stdout,
  )?.[1];

test('gpiod: the line follows a pulse, and its holder is named', async () => {
  const relay = relayOn('2');
  await relay.open();
  assert.equal(consumer(2), '"limen"');
  const seen = [level(2)];
  for (const energised of [true, false, true]) {
    await relay.set(energised);
    seen.push(level(2));
  }
  await relay.close();
  assert.deepEqual([...seen, level(2)], [0, 1, 0, 1, 0]);
  assert.equal(consumer(2), 'unused');
});

test('gpiod: active=low turns the levels round, and bias=pull-up keeps the released line high', async () => {
  const relay = relayOn('3?active=low&bias=pull-up');
  await relay.open();
  const seen = [level(3)];
  for (const energised of [true, false, true]) {
    await relay.set(energised);
    seen.push(level(3));
  }
  await relay.close();
  assert.deepEqual([...seen, level(3)], [1, 0, 1, 0, 1]);
});

test('gpiod: a chip is found by its label', async () => {
  const relay = relayFor('gpiod://limen-sim/2', clock);
  await relay.open();
  await relay.set(true);
  assert.equal(level(2), 1);
  await relay.close();
});

test('gpiod: a line that another program holds is refused with its name, and left alone', async () => {
  const other = spawn('gpioset', ['--mode=signal', chip, '4=1']);
  while (consumer(4) !== '"gpioset"') await new Promise((resolve) => setTimeout(resolve, 50));
  await assert.rejects(relayOn('4').open(), {
    code: 'relay_unavailable',
    message: /line 4 .* is in use by "gpioset" \(EBUSY\)/,
  });
  assert.equal(level(4), 1);
  const gone = once(other, 'exit');
  other.kill();
  await gone;
  const relay = relayOn('4');
  await relay.open();
  await relay.close();
});

test('gpiod: a line that the chip does not have is refused with those it has', async () => {
  await assert.rejects(relayOn('8').open(), { code: 'relay_unavailable', message: /has lines 0 to 7/ });
});

test('gpiod: SIGKILL while energised gives the line back, it falls, and it opens again', async () => {
  for (let round = 0; round < 3; round++) {
    const holder = new Holder(`gpiod://${chip}/5`);
    assert.equal(await holder.says(), 'off');
    assert.equal(await holder.told('on'), 'on');
    assert.equal(level(5), 1);
    await holder.end('SIGKILL');
    assert.equal(level(5), 0);
    assert.equal(consumer(5), 'unused');
  }
  const relay = relayOn('5');
  await relay.open();
  await relay.set(true);
  assert.equal(level(5), 1);
  await relay.close();
});

test('gpiod: SIGABRT, what the watchdog sends, gives the line back too', async () => {
  const holder = new Holder(`gpiod://${chip}/5`);
  await holder.says();
  await holder.told('on');
  await holder.end('SIGABRT');
  assert.equal(level(5), 0);
});

test('gpiod: a user of the device’s group may drive it, another is told who it is', async () => {
  const device = join('/dev', chip);
  const user = { uid: 65534, gid: 65534 };
  chownSync(device, 0, 0);
  chmodSync(device, 0o660);
  const refused = new Holder(`gpiod://${chip}/6`, user);
  assert.match(await refused.says(), /^refused relay_unavailable .* may not be opened by uid 65534/);
  chownSync(device, 0, user.gid);
  const allowed = new Holder(`gpiod://${chip}/6`, user);
  assert.equal(await allowed.says(), 'off');
  assert.equal(await allowed.told('on'), 'on');
  assert.equal(level(6), 1);
  await allowed.end();
  assert.equal(level(6), 0);
});
