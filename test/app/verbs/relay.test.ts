import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { relayOff } from '../../../src/app/verbs/relay.ts';
import { captureIo } from '../../api/cli/streams.ts';
import { scratch } from '../../fixtures/scratch.ts';

const directory = scratch();

async function off(config: string, uris: readonly string[] = []) {
  const file = join(directory, 'limen.yaml');
  writeFileSync(file, config);
  const { io, stdout } = captureIo();
  const code = await relayOff({ config: file, json: true, uris }, io);
  return { code, ...(JSON.parse(stdout()) as { relays: { relay: string; released: boolean }[] }) };
}

test('every configured line is tried, although one fails; what has no line is left out', async () => {
  const config = `doors:
  - {id: front, camera: auto, relay: 'gpiod://gpiochip987/1', outputs: {denied: 'gpiod://gpiochip987/2'}}
  - {id: desk, camera: auto, relay: 'memory:'}
  - {id: gate, camera: auto, relay: 'mqtt:building/io/gate'}
`;
  const { code, relays } = await off(config);
  assert.equal(code, 1);
  assert.deepEqual(
    relays.map(({ relay, released }) => [relay, released]),
    [
      ['gpiod://gpiochip987/1', false],
      ['gpiod://gpiochip987/2', false],
    ],
  );
});

test('without a relay there is nothing to do, and that is no failure', async () => {
  assert.deepEqual(await off('door: {holdMs: 1000}\n'), { code: 0, relays: [] });
});

test('a line named on the command line needs no configuration', async () => {
  const { code, relays } = await off('this: is no configuration\n', ['gpiod://gpiochip987/1']);
  assert.equal(code, 1);
  assert.equal(relays.length, 1);
});

test('the unit runs it after every end of the daemon', () => {
  const unit = readFileSync(resolve(import.meta.dirname, '../../../systemd/limen.service'), 'utf8');
  assert.match(unit, /^ExecStopPost=-\S+ \S+ relay off$/m);
});
