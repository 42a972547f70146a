import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryRelay } from '../../../src/drivers/relay/memory.ts';
import { parseGpiodUri, parseOnoffUri } from '../../../src/drivers/relay/relay-uri.ts';
import { releaseRelay } from '../../../src/drivers/relay/safe-state.ts';
import { RELAY_SCHEMES, relayFor } from '../../../src/drivers/relay/schemes.ts';
import { ManualClock } from '../../../src/runtime/clock.ts';

const clock = new ManualClock();

test('each scheme makes a relay with its own URI, unopened', () => {
  for (const uri of ['memory:', 'gpiod://gpiochip0/17?active=low', 'onoff:17']) {
    assert.equal(relayFor(uri, clock).uri, uri);
  }
  assert.equal(relayFor('memory:', clock).real, false);
  assert.equal(relayFor('gpiod://gpiochip0/17', clock).real, true);
});

test('an unknown scheme lists the known ones', () => {
  for (const uri of ['gpio:17', 'toString:', 'gpiochip0/17', '']) {
    assert.throws(() => relayFor(uri, clock), { code: 'uri_unknown_scheme' });
  }
  assert.throws(
    () => relayFor('gpio:17', clock),
    (cause: Error) => RELAY_SCHEMES.every((scheme) => cause.message.includes(`${scheme}:`)),
  );
});

test('what the URIs say', () => {
  assert.deepEqual(parseGpiodUri('gpiod://gpiochip4/17?active=low&bias=pull-down'), {
    chip: 'gpiochip4',
    line: 17,
    activeLow: true,
    bias: 'pull-down',
  });
  assert.deepEqual(parseGpiodUri('gpiod://pinctrl-rp1/3'), {
    chip: 'pinctrl-rp1',
    line: 3,
    activeLow: false,
    bias: 'as-is',
  });
  assert.equal(parseGpiodUri('gpiod://tegra234%20gpio/3').chip, 'tegra234 gpio');
  assert.deepEqual(parseOnoffUri('onoff:529?active=low'), { number: 529, activeLow: true });
  assert.deepEqual(parseOnoffUri('onoff:17?base=512'), { number: 529, activeLow: false });
});

test('a URI that does not say exactly what is meant is refused', () => {
  const wrong = [
    'gpiod://gpiochip0',
    'gpiod:///17',
    'gpiod://gpiochip0/-1',
    'gpiod://gpiochip0/1.5',
    'gpiod://gpiochip0/17/18',
    'gpiod://gpiochip0/99999',
    'gpiod://gpiochip0/17?active=Low',
    'gpiod://gpiochip0/17?actve=low',
    'gpiod://gpiochip0/17?bias=up',
    'gpiod://%zz/17',
    'onoff:',
    'onoff:x',
    'onoff:17?base=x',
    'onoff:17?base=65530',
    'onoff:17?bias=pull-up',
    'memory:17',
    'memory:?x=1',
  ];
  for (const uri of wrong) assert.throws(() => relayFor(uri, clock), { code: 'uri_invalid' }, uri);
});

test('the memory relay remembers when it was energised', async () => {
  const own = new ManualClock();
  const relay = new MemoryRelay('memory:', own);
  await relay.open();
  await relay.set(true);
  own.advance(250);
  await relay.set(true);
  own.advance(250);
  await relay.set(false);
  own.advance(1_000);
  await relay.set(true);
  assert.deepEqual(relay.intervals, [{ onMs: 0, offMs: 500 }, { onMs: 1_500 }]);
  own.advance(1);
  await relay.close();
  assert.deepEqual(relay.intervals.at(-1), { onMs: 1_500, offMs: 1_501 });
});

test('releasing needs nothing but the URI', async () => {
  await releaseRelay('memory:', clock);
  await assert.rejects(releaseRelay('gpiod://gpiochip987/0', clock), { code: 'relay_unavailable' });
});
