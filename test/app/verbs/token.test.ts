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
  const { io, stdout } = captureIo();
  const parts = { io, verbs: async () => verbs, version: 'test' };
  const code = await main([...args, '--json', '--state', state], parts);
  return { code, said: JSON.parse(stdout()) as Record<string, unknown> };
}

const HIDDEN = new Set(['id', 'token', 'createdAt', 'expiresAt', 'lastUsedOn']);

/** The same for every run: what is drawn and what time it was is hidden. */
function plain(said: unknown): unknown {
  return JSON.parse(JSON.stringify(said), (key, value) => (HIDDEN.has(key) ? key : value));
}

const COMMANDS = [
  ['token', 'list'],
  ['token', 'create', 'panel', '--role', 'terminal'],
  ['token', 'create', 'panel', '--role', 'viewer'],
  ['token', 'create', '--role', 'technician', '--expires', '2099-12-31'],
  ['token', 'create', '--role', 'technician'],
  ['token', 'create', ' ', '--role', 'technician'],
  ['token', 'create', 'old', '--role', 'viewer', '--expires', '2020-01-01'],
  ['token', 'list'],
  ['token', 'revoke', 'panel'],
  ['token', 'revoke', 'panel'],
  ['token', 'list'],
];

/** A state directory that is held, with the daemon's HTTP side on its socket. */
async function held(t: TestContext): Promise<string> {
  const state = scratch();
  const lock = new StateLock({ directory: state, log: silentLog });
  await lock.start();
  t.after(() => lock.stop());
  await serve(t, { socketPath: join(state, 'limen.sock') });
  return state;
}

test('tokens are made, listed and revoked alike with and without a daemon', async (t) => {
  const told: unknown[][] = [];
  for (const state of [scratch(), await held(t)]) {
    const answers = [];
    for (const command of COMMANDS) answers.push(await limen(state, ...command));
    assert.deepEqual(
      answers.map(({ code }) => code),
      [0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0],
    );
    told.push(answers.map(plain));
  }
  assert.deepEqual(told[1], told[0]);
  const last = told[0]?.at(-1) as { said: { tokens: { name: string }[] } };
  assert.deepEqual(
    last.said.tokens.map(({ name }) => name),
    ['technician-1', 'technician-2'],
  );
});

test('the secret is printed once: on standard output alone, without --json as well', async () => {
  const state = scratch();
  const { io, stdout, stderr } = captureIo();
  const parts = { io, verbs: async () => verbs, version: 'test' };
  assert.equal(await main(['token', 'create', 'panel', '--role', 'viewer', '--state', state], parts), 0);
  assert.match(stdout(), /^limen_[\w-]{43}\n$/);
  assert.doesNotMatch(stderr(), /limen_/);
  const { said } = await limen(state, 'token', 'list');
  assert.doesNotMatch(JSON.stringify(said), /limen_|sha256/);
});

test('what is missing or misspelt is a matter of usage', async () => {
  const state = scratch();
  for (const args of [
    ['create', 'panel'],
    ['create', 'panel', '--role', 'king'],
    ['create', 'panel', '--role', 'viewer', '--expires', 'soon'],
    ['create', 'panel', '--role', 'viewer', '--expires', '12'],
    ['revoke'],
  ]) {
    assert.equal((await limen(state, 'token', ...args)).code, 2, args.join(' '));
  }
});
