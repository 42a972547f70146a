import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { main } from '../../../src/api/cli/main.ts';
import { verbs } from '../../../src/app/verbs.ts';
import { StateLock } from '../../../src/drivers/store/state-lock.ts';
import { silentLog } from '../../../src/runtime/logger.ts';
import { captureIo } from '../../api/cli/streams.ts';
import { serve } from '../../api/http/serving.ts';
import { scratch } from '../../fixtures/scratch.ts';

async function limen(state: string, ...args: string[]) {
  const { io, stdout, stderr } = captureIo();
  const code = await main([...args, '--state', state], { io, verbs: async () => verbs, version: 'test' });
  return { code, out: stdout(), errors: stderr() };
}

/** A state directory that is held, with the daemon's HTTP side on its socket. */
async function held(t: TestContext) {
  const state = scratch();
  const lock = new StateLock({ directory: state, log: silentLog });
  await lock.start();
  t.after(() => lock.stop());
  return { state, served: await serve(t, { socketPath: join(state, 'limen.sock') }) };
}

test('limen mode sets the mode of a door of the running daemon, for a time, and the journal says who did it', async (t) => {
  const { state, served } = await held(t);
  const set = await limen(state, 'mode', 'front', 'lockdown', '--for', '2h', '--json');
  assert.equal(set.code, 0, set.errors);
  const { until, ...said } = JSON.parse(set.out) as { until: string };
  assert.deepEqual(said, { door: 'front', mode: 'lockdown' });
  assert.equal(served.door.mode, 'lockdown');
  assert.equal(Date.parse(until) - served.clock.wall().getTime(), 7_200_000);
  const entry = served.journal.events.find(({ type }) => type === 'door.mode_changed');
  assert.deepEqual(
    [entry?.door, entry?.reason, entry?.actor, entry?.expiresAt],
    ['front', 'lockdown', 'cli', until],
  );

  const shown = await limen(state, 'mode');
  assert.match(shown.out, /^front +lockdown until \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ +lockdown +off$/m);
  const given = await limen(state, 'mode', 'front', 'schedule');
  assert.equal(given.out, 'front: normal\n');
  assert.match(
    (await limen(state, 'mode', '--json')).out,
    /^\{"doors":\[\{"id":"front".*"mode":"normal"\}\]\}\n$/,
  );
});

test('limen mode refuses a door that there is not, and a state directory without a daemon', async (t) => {
  const { state, served } = await held(t);
  const other = await limen(state, 'mode', 'back', 'lockdown');
  assert.deepEqual([other.code, other.out], [1, '']);
  assert.match(other.errors, /there is no door back/);
  assert.ok(!served.journal.events.some(({ type }) => type === 'door.mode_changed'));
  const none = await limen(scratch(), 'mode', 'front', 'lockdown');
  assert.equal(none.code, 1);
  assert.match(none.errors, /no daemon runs[\s\S]*systemctl start limen/);
});
