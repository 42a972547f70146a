import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readdirSync,
  realpathSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { LimenError } from '../../../src/core/errors.ts';
import { EdgeReader } from '../../../src/drivers/relay/edge-reader.ts';
import { GPIO_UAPI } from '../../../src/drivers/relay/gpio-uapi.ts';
import { GpiodInput } from '../../../src/drivers/relay/gpiod-input.ts';
import { INPUT_SCHEMES, inputFor } from '../../../src/drivers/relay/input-schemes.ts';
import { OnoffInput } from '../../../src/drivers/relay/onoff-input.ts';
import { ManualClock } from '../../../src/runtime/clock.ts';
import { scratch } from '../../fixtures/scratch.ts';
import { descriptorsTo } from './descriptors.ts';
import { onoffStandIn } from './onoff-stand-in.ts';

const directory = scratch();
const clock = new ManualClock();
const silent = { level: () => {}, lost: () => {} };

test('each scheme makes an input with its own URI; an unknown one lists the known ones', () => {
  for (const uri of [
    'memory:',
    'gpiod://gpiochip0/5?active=low&debounceMs=20&pull=up',
    'onoff:5?active=low',
  ]) {
    assert.equal(inputFor(uri, clock).uri, uri);
  }
  for (const uri of ['mqtt:door/contact', 'gpio:5', '']) {
    assert.throws(
      () => inputFor(uri, clock),
      (cause: LimenError) =>
        cause.code === 'uri_unknown_scheme' &&
        INPUT_SCHEMES.every((name) => cause.message.includes(`${name}:`)),
    );
  }
  const wrong = [
    'gpiod://gpiochip0',
    'gpiod:///5',
    'gpiod://gpiochip0/5?pull=pull-up',
    'gpiod://gpiochip0/5?bias=pull-up',
    'gpiod://gpiochip0/5?debounceMs=9999',
    'gpiod://gpiochip0/5?debounceMs=x',
    'onoff:5?pull=up',
    'memory:5',
  ];
  for (const uri of wrong) assert.throws(() => inputFor(uri, clock), { code: 'uri_invalid' }, uri);
});

/** A line's descriptor as the kernel would give it, fed by hand. */
function line() {
  const path = join(directory, `line-${readdirSync(directory).length}`);
  execFileSync('mkfifo', [path]);
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const own = new ManualClock();
  const told: string[] = [];
  const reader = new EdgeReader({
    uri: 'gpiod://test/5',
    fd,
    clock: own,
    onEdge: (active) => void told.push(active ? 'active' : 'inactive'),
    onGap: () => void told.push('gap'),
    onBroken: (error) => void told.push(error.code),
  });
  const edge = (active: boolean, seqno: number) => {
    const event = new Uint8Array(GPIO_UAPI.size.lineEvent);
    const fields = new Uint32Array(event.buffer);
    fields[GPIO_UAPI.offset.lineEvent.id / 4] = active ? 1 : 2;
    fields[GPIO_UAPI.offset.lineEvent.lineSeqno / 4] = seqno;
    writeSync(fd, event);
  };
  return { fd, clock: own, told, reader, edge, look: () => own.advance(25), end: () => closeSync(fd) };
}

test('edges are told in their order, whenever they came', () => {
  const { told, reader, edge, look, end } = line();
  reader.start();
  look();
  assert.deepEqual(told, []);
  edge(true, 1);
  look();
  for (let seqno = 2; seqno <= 40; seqno++) edge(seqno % 2 === 1, seqno);
  look();
  assert.equal(told.length, 40);
  assert.deepEqual(told.slice(0, 3), ['active', 'inactive', 'active']);
  reader.stop();
  edge(true, 41);
  look();
  assert.equal(told.length, 40);
  end();
});

test('edges that the kernel had to drop are noticed', () => {
  const { told, reader, edge, look, end } = line();
  reader.start();
  edge(true, 1);
  edge(true, 9);
  look();
  assert.deepEqual(told, ['active', 'active', 'gap']);
  reader.stop();
  end();
});

test('a descriptor that breaks is told once, and nothing is read after it', () => {
  const { told, reader, fd, look } = line();
  reader.start();
  closeSync(fd);
  look();
  look();
  assert.deepEqual(told, ['input_unavailable']);
});

test('a chip that is none is refused as an input, and leaves no descriptor behind', async () => {
  const devices = mkdtempSync(join(directory, 'devices-'));
  const chip = join(devices, 'gpiochip0');
  writeFileSync(chip, '');
  const target = { chip: 'gpiochip0', line: 5, activeLow: false, bias: 'pull-up', debounceMs: 50 } as const;
  const input = new GpiodInput('gpiod://gpiochip0/5', target, clock, devices);
  for (let i = 0; i < 5; i++) {
    await assert.rejects(input.open(silent), { code: 'input_unavailable', message: /is not a GPIO chip/ });
  }
  assert.equal(descriptorsTo(realpathSync(chip)), 0);
  await input.close();
});

test('onoff: a missing package and a refused line say so; a broken watch is a loss', async () => {
  const target = { number: 17, activeLow: true, debounceMs: 50 };
  const none = new OnoffInput('onoff:17', target, {
    sysfs: join(directory, 'none'),
    load: onoffStandIn().load,
  });
  await assert.rejects(none.open(silent), { code: 'input_unavailable', message: /no sysfs GPIO/ });
  const busy = onoffStandIn({ read: new Error('EBUSY') });
  const refused = new OnoffInput('onoff:17', target, { sysfs: '/', load: busy.load });
  await assert.rejects(refused.open(silent), { code: 'input_unavailable', message: /EBUSY/ });
  assert.equal(busy.calls.at(-1), 'unexport');
  const package_ = onoffStandIn();
  const input = new OnoffInput('onoff:17', target, { sysfs: '/', load: package_.load });
  const losses: string[] = [];
  await input.open({ level: () => {}, lost: (error) => void losses.push(error.code) });
  package_.breakOff(new Error('EIO'));
  package_.breakOff(new Error('EIO'));
  assert.deepEqual(losses, ['input_unavailable']);
});
