// Run by relay-onoff.sh in the guest: what the driver says against what the mock-up chip has on its line.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { releaseRelay } from '../../../src/drivers/relay/safe-state.ts';
import { relayFor } from '../../../src/drivers/relay/schemes.ts';
import { SystemClock } from '../../../src/runtime/clock.ts';
import { Holder } from './holder.ts';

const { LIMEN_SYSTEM_CHIP: chip = '', LIMEN_SYSTEM_LINES: lines = '' } = process.env;
const clock = new SystemClock();
const level = (line: number) => Number(readFileSync(join(lines, String(line)), 'utf8'));

for (const [name, rest, levels] of [
  ['the line follows a pulse', '20', [0, 1, 0, 1]],
  ['active=low turns the levels round', '21?active=low', [1, 0, 1, 0]],
] as const) {
  test(`onoff: ${name}`, async () => {
    const relay = relayFor(`onoff:${rest}`, clock);
    const line = Number.parseInt(rest, 10);
    await relay.open();
    const seen = [level(line)];
    for (const energised of [true, false, true]) {
      await relay.set(energised);
      seen.push(level(line));
    }
    assert.deepEqual(seen, levels);
    await relay.close();
  });
}

test('onoff: a number that no chip has, and a line that is in use, are refused', async () => {
  await assert.rejects(relayFor('onoff:400', clock).open(), {
    code: 'relay_unavailable',
    message: /there is no GPIO 400/,
  });
  const held = relayFor(`gpiod://${chip}/22`, clock);
  await held.open();
  await assert.rejects(relayFor('onoff:22', clock).open(), {
    code: 'relay_unavailable',
    message: /GPIO 22 is in use/,
  });
  await held.close();
});

test('onoff: sysfs keeps a line energised after SIGKILL, and releaseRelay lets it fall', async () => {
  const holder = new Holder('onoff:23');
  assert.equal(await holder.says(), 'off');
  assert.equal(await holder.told('on'), 'on');
  await holder.end('SIGKILL');
  assert.equal(level(23), 1, 'this is why gpiod: is the safer scheme');
  await releaseRelay('onoff:23', clock);
  assert.equal(level(23), 0);
});
