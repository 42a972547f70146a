import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { NonceMemory } from '../../../../src/api/mqtt/requests/nonce-memory.ts';
import { noncesDocument } from '../../../../src/app/mqtt-request-room.ts';
import { ManualClock } from '../../../../src/runtime/clock.ts';
import { silentLog } from '../../../../src/runtime/logger.ts';
import { nonce } from './asker.ts';
import { EPOCH } from './request-desk.ts';

const { signal } = new AbortController();

async function stateDirectory(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'limen-nonces-'));
  t.after(() => rm(directory, { recursive: true }));
  return directory;
}

/** One run of the daemon, as far as it remembers commands. `atS`: what the wall clock shows, seconds after EPOCH. */
async function run(directory: string, atS = 0) {
  const clock = new ManualClock({ epoch: new Date(EPOCH.getTime() + atS * 1_000), synced: true });
  const document = noncesDocument(directory, clock, silentLog);
  await document.start(signal);
  const memory = new NonceMemory({ document: document.file, clock });
  const claim = async (value: string, expiresS: number) =>
    (await memory.claim(value, EPOCH.getTime() + expiresS * 1_000)).kind;
  return { clock, claim, document };
}

test('a command that was acted upon is remembered over a restart, also when nothing was said at the end', async (t) => {
  const directory = await stateDirectory(t);
  const seen = nonce();
  const first = await run(directory);
  assert.equal(await first.claim(seen, 20), 'claimed');
  const second = await run(directory, 1);
  assert.equal(await second.claim(seen, 20), 'replayed');
  assert.equal(await second.claim(`${seen}==`, 20), 'replayed');
  assert.equal(await second.claim(nonce(), 20), 'claimed');
});

test('a clock that is set back does not make forgotten commands fresh again', async (t) => {
  const directory = await stateDirectory(t);
  const old = nonce();
  const first = await run(directory);
  assert.equal(await first.claim(old, 20), 'claimed');
  first.clock.advance(60_000);
  // forgets the first one
  assert.equal(await first.claim(nonce(), 80), 'claimed');
  const afterwards = await run(directory, 5);
  assert.equal(await afterwards.claim(old, 20), 'clock_set_back');
  assert.equal(await afterwards.claim(nonce(), 20), 'clock_set_back');
  assert.equal(await afterwards.claim(nonce(), 21), 'claimed');
});

test('an unreadable memory does not stop the start; what it may have held is refused', async (t) => {
  const directory = await stateDirectory(t);
  const seen = nonce();
  const first = await run(directory);
  assert.equal(await first.claim(nonce(), 10), 'claimed');
  assert.equal(await first.claim(seen, 25), 'claimed');
  await writeFile(join(directory, 'mqtt-nonces.json'), 'damaged');
  const second = await run(directory, 1);
  assert.equal(await second.claim(seen, 25), 'clock_set_back');
  second.clock.advance(1_000);
  assert.equal(await second.claim(nonce(), 32), 'claimed');
});

test('memory is bounded: more commands than fit are refused until some have expired', async (t) => {
  const { claim, clock, document } = await run(await stateDirectory(t));
  const expiresAt = (s: number) => new Date(EPOCH.getTime() + s * 1_000).toISOString();
  const many = Object.fromEntries(Array.from({ length: 1_000 }, () => [nonce(), expiresAt(20)]));
  await document.file.update(() => ({ nonces: many }));
  assert.equal(await claim(nonce(), 25), 'full');
  clock.advance(21_000);
  assert.equal(await claim(nonce(), 25), 'claimed');
  assert.equal(Object.keys(document.file.value.nonces).length, 1);
});

test('two copies at the same moment: one of them is acted upon', async (t) => {
  const { claim } = await run(await stateDirectory(t));
  const same = nonce();
  const kinds = await Promise.all(Array.from({ length: 10 }, () => claim(same, 20)));
  assert.equal(kinds.filter((kind) => kind === 'claimed').length, 1);
});
