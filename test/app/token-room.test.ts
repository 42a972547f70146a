import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { tokenRoom } from '../../src/app/token-room.ts';
import { webRoom } from '../../src/app/web-room.ts';
import { parseConfig } from '../../src/config/config.ts';
import { ManualClock } from '../../src/runtime/clock.ts';
import { Lifecycle } from '../../src/runtime/component.ts';
import { silentLog } from '../../src/runtime/logger.ts';
import { RecordingJournal } from '../fixtures/recording-journal.ts';
import { scratch } from '../fixtures/scratch.ts';

/** The rooms of one start, over a state directory that outlives it. */
function house(t: TestContext, http: string, stateDir = scratch()) {
  const parsed = parseConfig(`http: ${http}`, { hostname: 'box' });
  assert.ok(parsed.ok, JSON.stringify(parsed));
  const { config } = parsed;
  const parts = { stateDir, journal: new RecordingJournal(), clock: new ManualClock(), log: silentLog };
  const room = tokenRoom(config, parts);
  const lifecycle = new Lifecycle(room.components, silentLog);
  const start = () => lifecycle.start(new AbortController().signal);
  t.after(() => lifecycle.stop());
  return { ...room, config, start, stop: () => lifecycle.stop(), stateDir };
}

const OUTSIDE = '{ host: 0.0.0.0, plaintext: true }';

test('others can reach it, and there is neither a token nor a client: refused, until there is a token', async (t) => {
  const first = house(t, OUTSIDE);
  await assert.rejects(first.start(), { code: 'bind_unsafe', message: /neither a token nor/ });
  const inside = house(t, '{}', first.stateDir);
  await inside.start();
  const made = await inside.tokens.create({ name: 'a', role: 'viewer', actor: 'cli' });
  assert.equal(made.kind, 'created');
  await inside.stop();
  const second = house(t, OUTSIDE, first.stateDir);
  await second.start();
  await second.tokens.revoke(made.token.id, 'cli');
  await second.stop();
  await assert.rejects(house(t, OUTSIDE, first.stateDir).start(), { code: 'bind_unsafe' });
});

test('without TLS it is refused before anything is opened, token or not', async (t) => {
  const { config } = house(t, '{ host: 0.0.0.0 }');
  assert.throws(() => webRoom(config, {} as Parameters<typeof webRoom>[1]), {
    code: 'bind_unsafe',
    message: /neither `http\.tls` nor `http\.plaintext: true`/,
  });
});

test('unreadable tokens and lock-outs stop a start; unreadable request counts do not', async (t) => {
  for (const [file, stops] of [
    ['tokens.json', true],
    ['failed-tokens.json', true],
    ['limits.json', false],
  ] as const) {
    const { start, stateDir } = house(t, '{}');
    writeFileSync(join(stateDir, file), '{"torn');
    if (stops) await assert.rejects(start(), { code: 'store_corrupt' }, file);
    else await start();
  }
});
