import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { scratch } from '../fixtures/scratch.ts';

const RULES = resolve(import.meta.dirname, '../../systemd/60-limen.rules');

/** What udev runs when a device of the subsystem gpio is added, as `[KERNEL, command]`. */
function gpioCommands(): [string, string][] {
  const rules = readFileSync(RULES, 'utf8').matchAll(/^SUBSYSTEM=="gpio".*$/gm);
  return [...rules].flatMap(([rule]) => {
    const command = /PROGRAM="\/bin\/sh -c '([^']*)'"/.exec(rule)?.[1];
    return command === undefined ? [] : [[/KERNEL=="([^"]*)"/.exec(rule)?.[1] ?? '*', command]];
  });
}

/** A tree like /sys with one chip, line 24 of it exported, and another device, all linked as the kernel links them. */
function sysfs(): string {
  const sys = scratch();
  const put = (path: string, mode: number) => {
    mkdirSync(dirname(join(sys, path)), { recursive: true });
    writeFileSync(join(sys, path), '');
    chmodSync(join(sys, path), mode);
  };
  for (const name of ['export', 'unexport']) put(`class/gpio/${name}`, 0o200);
  for (const name of ['base', 'uevent']) put(`devices/chip/gpio/gpiochip0/${name}`, 0o644);
  for (const name of ['direction', 'value', 'edge', 'active_low', 'uevent'])
    put(`devices/chip/gpio/gpio24/${name}`, 0o644);
  put('devices/disk/size', 0o644);
  mkdirSync(join(sys, 'bus/devices'), { recursive: true });
  symlinkSync('../../devices/disk', join(sys, 'bus/devices/disk'));
  symlinkSync('../../devices/chip', join(sys, 'bus/devices/chip'));
  for (const device of ['gpiochip0', 'gpio24']) {
    symlinkSync(`../../devices/chip/gpio/${device}`, join(sys, 'class/gpio', device));
    symlinkSync('../../../chip', join(sys, 'devices/chip/gpio', device, 'device'));
    symlinkSync('../../../../bus', join(sys, 'devices/chip/gpio', device, 'subsystem'));
  }
  return sys;
}

/** Files below `sys` that the group may write, links not followed. */
const groupWrites = (sys: string): string[] =>
  spawnSync('find', [sys, '-type', 'f', '-perm', '-020'], { encoding: 'utf8' })
    .stdout.trim()
    .split('\n')
    .map((path) => path.slice(sys.length + 1))
    .sort();

test('the group gpio is given the files that move a line, and nothing that links lead to', () => {
  const sys = sysfs();
  const commands = gpioCommands();
  assert.equal(commands.length, 2);
  for (const device of ['gpiochip0', 'gpio24']) {
    for (const [kernel, command] of commands) {
      if (!new RegExp(`^${kernel.replace('*', '.*')}$`).test(device)) continue;
      const here = command
        .replaceAll('$$', '$')
        .replaceAll('%p', `/devices/chip/gpio/${device}`)
        .replaceAll('/sys', sys)
        .replaceAll('gpio $', `${process.getgid?.()} $`);
      assert.equal(spawnSync('sh', ['-c', here], { encoding: 'utf8' }).stderr, '');
    }
  }
  const line = 'devices/chip/gpio/gpio24';
  assert.deepEqual(groupWrites(sys), [
    'class/gpio/export',
    'class/gpio/unexport',
    ...['active_low', 'direction', 'edge', 'value'].map((name) => `${line}/${name}`),
  ]);
});
