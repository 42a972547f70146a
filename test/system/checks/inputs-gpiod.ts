// Run by inputs.sh in the guest: what the driver tells against what the simulated chip has on its line.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { inputFor } from '../../../src/drivers/relay/input-schemes.ts';
import { SystemClock } from '../../../src/runtime/clock.ts';
import { Heard, inputContract } from '../../contract/door-input.ts';
import { MovedInput, quiet, until } from './moved-input.ts';

const { LIMEN_SYSTEM_CHIP: chip = '', LIMEN_SYSTEM_LINES: lines = '' } = process.env;
const clock = new SystemClock();
const pull = (line: number, high: boolean) =>
  writeFileSync(join(lines, `sim_gpio${line}`, 'pull'), high ? 'pull-up' : 'pull-down');
const level = (line: number) => Number(readFileSync(join(lines, `sim_gpio${line}`, 'value'), 'utf8'));
const inputOn = (rest: string) => inputFor(`gpiod://${chip}/${rest}`, clock);

for (const rest of ['0', '1?active=low&pull=up', '2?debounceMs=0']) {
  inputContract({
    name: `gpiod: moved on gpio-sim, ${rest}`,
    make: () => {
      const line = Number.parseInt(rest, 10);
      const input = new MovedInput(inputOn(rest), (active) =>
        pull(line, active !== rest.includes('active=low')),
      );
      return { input, move: (active) => input.move(active) };
    },
  });
}

test('gpiod: a pull moves a line that nothing drives, and active=low turns it round', async () => {
  const seen: [string, number, boolean | undefined][] = [];
  for (const rest of ['3?pull=up', '3?pull=down', '3?pull=up&active=low', '3?pull=down&active=low']) {
    const heard = new Heard();
    const input = inputOn(rest);
    await input.open(heard);
    seen.push([rest, level(3), heard.levels[0]]);
    await input.close();
  }
  assert.deepEqual(seen, [
    ['3?pull=up', 1, true],
    ['3?pull=down', 0, false],
    ['3?pull=up&active=low', 1, false],
    ['3?pull=down&active=low', 0, true],
  ]);
});

test('gpiod: the kernel swallows bounces, and a spike shorter than the debouncing', async () => {
  pull(4, false);
  const heard = new Heard();
  const input = inputOn('4?debounceMs=1000');
  await input.open(heard);
  try {
    for (let i = 0; i <= 40; i++) pull(4, i % 2 === 0);
    await until(() => heard.levels.length > 1, 'the level after the bounces');
    await quiet();
    assert.deepEqual(heard.levels, [false, true]);
    for (let i = 0; i < 40; i++) pull(4, i % 2 === 1);
    await quiet();
    assert.deepEqual(heard.levels, [false, true]);
  } finally {
    await input.close();
  }
});

test('gpiod: more edges than the kernel queues end at the right level, and no level is told twice', async () => {
  for (const edges of [101, 100]) {
    pull(5, false);
    const heard = new Heard();
    const input = inputOn('5?debounceMs=0');
    await input.open(heard);
    try {
      for (let i = 1; i <= edges; i++) pull(5, i % 2 === 1);
      await quiet();
      assert.equal(heard.levels.at(-1), edges % 2 === 1);
      assert.ok(heard.levels.length > 2, `edges were told: ${heard.levels}`);
      assert.ok(heard.levels.every((active, i) => active !== heard.levels[i - 1]));
      assert.deepEqual(heard.losses, []);
    } finally {
      await input.close();
    }
  }
});

test('gpiod: a line that is held is refused with its holder’s name', async () => {
  const first = inputOn('6');
  await first.open(new Heard());
  await assert.rejects(inputOn('6').open(new Heard()), {
    code: 'input_unavailable',
    message: /line 6 .* is in use by "limen" \(EBUSY\)/,
  });
  await first.close();
});
