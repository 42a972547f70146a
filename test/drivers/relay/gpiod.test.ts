import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { GpiodRelay } from '../../../src/drivers/relay/gpiod.ts';
import { callIoctl } from '../../../src/drivers/relay/ioctl.ts';
import { relayFor } from '../../../src/drivers/relay/schemes.ts';
import { ManualClock } from '../../../src/runtime/clock.ts';
import { scratch } from '../../fixtures/scratch.ts';
import { descriptorsTo } from './descriptors.ts';

const directory = scratch();
writeFileSync(join(directory, 'gpiochip0'), 'not a device');
symlinkSync('/dev/null', join(directory, 'gpiochip1'));
writeFileSync(join(directory, 'gpiochip2'), '');
chmodSync(join(directory, 'gpiochip2'), 0);

function relayOn(chip: string, devices = directory): GpiodRelay {
  const target = { chip, line: 17, activeLow: false, bias: 'as-is' } as const;
  return new GpiodRelay(`gpiod://${chip}/17`, target, devices);
}

test('a chip that does not exist is named, with those that do', async () => {
  await assert.rejects(relayOn('gpiochip9').open(), {
    code: 'relay_unavailable',
    message: /gpiochip9 does not exist; found: .*gpiochip0/,
  });
  const empty = mkdtempSync(join(directory, 'empty-'));
  await assert.rejects(relayOn('gpiochip0', empty).open(), { message: /found: no GPIO chip/ });
});

test('a file that is no GPIO chip is refused by the kernel, and said so', async () => {
  for (const chip of ['gpiochip0', 'gpiochip1']) {
    await assert.rejects(relayOn(chip).open(), { code: 'relay_unavailable', message: /is not a GPIO chip/ });
  }
});

test('a chip that may not be opened names the user', {
  skip: process.getuid?.() === 0 && 'root may open everything',
}, async () => {
  await assert.rejects(relayOn('gpiochip2').open(), { message: /may not be opened by uid \d+ \(EACCES\)/ });
});

test('a label that no chip has lists what there is', async () => {
  const own = mkdtempSync(join(directory, 'labels-'));
  await assert.rejects(relayOn('pinctrl-x', own).open(), { message: /no .*gpiochip\* exists/ });
  writeFileSync(join(own, 'gpiochip0'), '');
  await assert.rejects(relayOn('pinctrl-x', own).open(), {
    code: 'relay_unavailable',
    message: /no GPIO chip is labelled "pinctrl-x"; there are gpiochip0/,
  });
});

test('a refused open leaves no descriptor behind and can be tried again', async () => {
  const relay = relayOn('gpiochip0');
  for (let i = 0; i < 20; i++) await assert.rejects(relay.open(), { code: 'relay_unavailable' });
  assert.equal(descriptorsTo(realpathSync(join(directory, 'gpiochip0'))), 0);
  await assert.rejects(relay.set(true), { code: 'relay_fault', message: /is not open/ });
  await relay.close();
});

test('ioctl names the error of the kernel', () => {
  assert.equal(callIoctl(-1, 0x8044b401, new Uint8Array(68)), 'EBADF');
});

const uri = process.env.LIMEN_TEST_GPIOD;
const noLine =
  uri === undefined && 'set LIMEN_TEST_GPIOD to a line that may be switched, such as gpiod://gpiochip0/0';

test('a held line is busy for others, and free again after SIGKILL of its holder', {
  skip: noLine,
}, async () => {
  const schemes = new URL('../../../src/drivers/relay/schemes.ts', import.meta.url).href;
  const script = `
    const { relayFor } = await import(${JSON.stringify(schemes)});
    const relay = relayFor(${JSON.stringify(uri)}, { nowMs: () => 0 });
    await relay.open();
    await relay.set(true);
    process.stdout.write('energised');
    setInterval(() => {}, 1000);
  `;
  const holder = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  const relay = relayFor(uri as string, new ManualClock());
  await assert.rejects(relay.open(), { code: 'relay_unavailable', message: /in use by "limen" \(EBUSY\)/ });
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  await relay.open();
  await relay.close();
});
