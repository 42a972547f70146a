import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { DocumentFile } from '../../../src/drivers/store/documents.ts';
import { ManualClock } from '../../../src/runtime/clock.ts';
import { silentLog } from '../../../src/runtime/logger.ts';
import {
  FailedTokens,
  type FailedTokensDocument,
  LOCK_OUT_MS,
  MAX_WRONG_TOKENS,
  parseFailedTokens,
} from '../../../src/services/tokens/failed-tokens.ts';
import { scratch } from '../../fixtures/scratch.ts';

async function house() {
  const directory = scratch();
  const clock = new ManualClock({ epoch: new Date('2030-01-01T00:00:00Z') });
  const open = async () => {
    const document = new DocumentFile<FailedTokensDocument>({
      path: join(directory, 'failed-tokens.json'),
      log: silentLog,
      name: 'failed-tokens',
      schema: 1,
      initial: { addresses: {} },
      parse: parseFailedTokens,
    });
    await document.start();
    return { failed: new FailedTokens(document, clock), document };
  };
  return { ...(await open()), clock, reopen: async () => (await open()).failed };
}

async function guess(failed: FailedTokens, address: string, times: number): Promise<boolean[]> {
  const verdicts = [];
  for (let i = 0; i < times; i++) verdicts.push(await failed.note(address, `guess ${i}`));
  return verdicts;
}

test('an address that tries many tokens is locked out for a while, restarts or not', async () => {
  const { failed, clock, reopen } = await house();
  const verdicts = await guess(failed, '10.0.0.7', MAX_WRONG_TOKENS);
  assert.deepEqual(verdicts, [...Array(MAX_WRONG_TOKENS - 1).fill(false), true]);
  assert.equal(failed.lockedForMs('10.0.0.7'), LOCK_OUT_MS);
  assert.equal(failed.lockedForMs('10.0.0.8'), 0);
  clock.advance(LOCK_OUT_MS - 1);
  assert.equal((await reopen()).lockedForMs('10.0.0.7'), 1);
  await failed.note('10.0.0.7', 'one more does not lock for longer');
  clock.advance(1);
  assert.equal(failed.lockedForMs('10.0.0.7'), 0);
  assert.deepEqual(await guess(failed, '10.0.0.7', 2), [false, false], 'begins again at nothing');
});

test('the same wrong token for ever is a revoked terminal, not a guesser', async () => {
  const { failed, document } = await house();
  await failed.note('10.0.0.7', 'revoked');
  const { value } = document;
  for (let i = 0; i < 100; i++) await failed.note('10.0.0.7', 'revoked');
  assert.equal(failed.lockedForMs('10.0.0.7'), 0);
  assert.equal(document.value, value, 'and writes nothing');
});

test('the number of addresses is bounded; those that are locked out stay longest', async () => {
  const { failed, document, clock } = await house();
  await guess(failed, 'guesser', MAX_WRONG_TOKENS);
  for (let i = 0; i < 300; i++) {
    clock.advance(1);
    await failed.note(`10.0.${i}.1`, 'wrong');
  }
  assert.equal(Object.keys(document.value.addresses).length, 256);
  assert.ok(failed.lockedForMs('guesser') > 0);
});

test('a clock that was set back locks for no longer than the lock lasts', async () => {
  const { document } = await house();
  const lastAt = '2031-01-01T00:00:00Z';
  const wrong = Array.from({ length: MAX_WRONG_TOKENS }, (_, i) => String(i));
  await document.update(() => ({ addresses: { there: { wrong, lastAt } } }));
  const clock = new ManualClock({ epoch: new Date('2030-01-01T00:00:00Z') });
  assert.equal(new FailedTokens(document, clock).lockedForMs('there'), 0);
});
