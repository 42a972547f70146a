// Run by inputs.sh in the guest: a chip that is taken away while its lines are held, as an expander on USB is.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { inputFor } from '../../../src/drivers/relay/input-schemes.ts';
import { relayFor } from '../../../src/drivers/relay/schemes.ts';
import { SystemClock } from '../../../src/runtime/clock.ts';
import { Heard } from '../../contract/door-input.ts';
import { MovedInput, until } from './moved-input.ts';

const sim = join(process.env.LIMEN_SYSTEM_SIM ?? '', 'limen-goes');
const clock = new SystemClock();
const attribute = (name: string) => readFileSync(join(sim, name), 'utf8').trim();
const plug = (in_: boolean) => writeFileSync(join(sim, 'live'), in_ ? '1' : '0');
const pull = (line: number, high: boolean) => {
  const chip = join('/sys/devices/platform', attribute('dev_name'), attribute('bank/chip_name'));
  writeFileSync(join(chip, `sim_gpio${line}`, 'pull'), high ? 'pull-up' : 'pull-down');
};

test('gpiod: a chip that goes away loses the input and faults the relay; both open again when it is back', async () => {
  mkdirSync(join(sim, 'bank'), { recursive: true });
  writeFileSync(join(sim, 'bank/num_lines'), '4');
  writeFileSync(join(sim, 'bank/label'), 'limen-goes');
  plug(true);
  const heard = new Heard();
  const input = new MovedInput(inputFor('gpiod://limen-goes/0', clock), (active) => pull(0, active));
  const relay = relayFor('gpiod://limen-goes/1', clock);
  await until(() => attribute('live') === '1', 'the chip');
  await input.open(heard);
  await relay.open();
  await relay.set(true);
  await input.move(true);

  plug(false);
  await until(() => heard.losses.length > 0, 'the loss');
  assert.equal(heard.losses[0]?.code, 'input_unavailable');
  assert.deepEqual(heard.levels, [false, true]);
  assert.equal(heard.losses.length, 1);
  await assert.rejects(relay.set(false), { code: 'relay_fault', message: /ENODEV/ });
  await assert.rejects(relay.close(), { code: 'relay_fault' });
  await assert.rejects(input.open(heard), { code: 'input_unavailable' });
  await assert.rejects(relay.open(), { code: 'relay_unavailable' });

  plug(true);
  const again = new Heard();
  await input.open(again);
  await input.move(true);
  await relay.open();
  await relay.set(true);
  assert.deepEqual(again.levels, [false, true]);
  await relay.close();
  await input.close();
  plug(false);
  rmdirSync(join(sim, 'bank'));
  rmdirSync(sim);
});
