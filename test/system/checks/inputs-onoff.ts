// Run by inputs.sh in the guest: what the driver tells against what the mock-up chip has on its line.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { inputFor } from '../../../src/drivers/relay/input-schemes.ts';
import { SystemClock } from '../../../src/runtime/clock.ts';
import { Heard, inputContract } from '../../contract/door-input.ts';
import { MovedInput, quiet, until } from './moved-input.ts';

const { LIMEN_SYSTEM_LINES: lines = '' } = process.env;
const clock = new SystemClock();
const pull = (line: number, high: boolean) => writeFileSync(join(lines, String(line)), high ? '1' : '0');

for (const rest of ['30', '31?active=low']) {
  inputContract({
    name: `onoff: moved on gpio-mockup, ${rest}`,
    make: () => {
      const line = Number.parseInt(rest, 10);
      const input = new MovedInput(inputFor(`onoff:${rest}`, clock), (active) =>
        pull(line, active !== rest.includes('active=low')),
      );
      return { input, move: (active) => input.move(active) };
    },
  });
}

test('onoff: bounces are swallowed, and a spike shorter than the debouncing', async () => {
  pull(32, false);
  const heard = new Heard();
  const input = inputFor('onoff:32?debounceMs=1000', clock);
  await input.open(heard);
  try {
    for (let i = 0; i <= 40; i++) pull(32, i % 2 === 0);
    await until(() => heard.levels.length > 1, 'the level after the bounces');
    await quiet();
    assert.deepEqual(heard.levels, [false, true]);
    for (let i = 0; i < 40; i++) pull(32, i % 2 === 1);
    await quiet();
    assert.deepEqual(heard.levels, [false, true]);
  } finally {
    await input.close();
  }
});

test('onoff: a number that no chip has is refused', async () => {
  await assert.rejects(inputFor('onoff:400', clock).open(new Heard()), { code: 'input_unavailable' });
});
