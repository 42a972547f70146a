import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { LimenError } from '../../../src/core/errors.ts';
import { AppendLog } from '../../../src/drivers/store/append-log.ts';
import { silentLog } from '../../../src/runtime/logger.ts';
import { scratch } from '../../fixtures/scratch.ts';
import { recordingLog } from './fixtures.ts';

async function read(path: string, log = silentLog): Promise<string[]> {
  const records: string[] = [];
  const opened = new AppendLog({ path, kind: 'test', log });
  await opened.open((payload) => records.push(payload.toString()));
  await opened.close();
  return records;
}

async function written(path: string, ...commits: readonly string[][]): Promise<void> {
  const log = new AppendLog({ path, kind: 'test', log: silentLog });
  await log.open(() => undefined);
  for (const records of commits) await log.append(records.map((record) => Buffer.from(record)));
  await log.close();
}

/** Everything acknowledged, or a refusal. */
async function outcome(path: string): Promise<string[] | 'refused'> {
  try {
    return await read(path);
  } catch (cause) {
    assert.ok(cause instanceof LimenError && cause.code === 'store_corrupt', String(cause));
    return 'refused';
  }
}

test('records come back in order, whatever their size', async () => {
  const path = join(scratch(), 'log');
  const big = 'x'.repeat(700_000);
  await written(path, ['a', big, 'c'], ['d'], ['e', big]);
  assert.deepEqual(await read(path), ['a', big, 'c', 'd', 'e', big]);
  const log = new AppendLog({ path, kind: 'test', log: silentLog });
  await log.open(() => undefined);
  await assert.rejects(log.append([Buffer.from('f'), Buffer.alloc(0)]), RangeError);
  await log.close();
  assert.equal((await read(path)).length, 6);
});

test('callers that wait together share a commit and keep their order', async () => {
  const path = join(scratch(), 'log');
  const log = new AppendLog({ path, kind: 'test', log: silentLog });
  await log.open(() => undefined);
  const settled: number[] = [];
  const offsets = await Promise.all(
    Array.from({ length: 100 }, async (_, i) => {
      const offset = await log.append([Buffer.from(`record ${i}`)]);
      settled.push(i);
      return offset;
    }),
  );
  await log.close();
  assert.deepEqual(
    settled,
    [...settled].sort((a, b) => a - b),
  );
  assert.deepEqual(
    offsets,
    [...offsets].sort((a, b) => a - b),
  );
  assert.deepEqual(
    await read(path),
    Array.from({ length: 100 }, (_, i) => `record ${i}`),
  );
});

test('truncated anywhere, a log of acknowledged records is refused and left as it is', async () => {
  const path = join(scratch(), 'log');
  await written(path, ['first'], ['second', 'third']);
  const whole = readFileSync(path);
  for (let length = 0; length < whole.length; length++) {
    writeFileSync(path, whole.subarray(0, length));
    assert.equal(await outcome(path), 'refused', `truncated to ${length} of ${whole.length}`);
    assert.equal(readFileSync(path).length, length);
  }
  await assert.rejects(read(path), { message: /: 1 acknowledged bytes are missing at its end$/ });
  writeFileSync(path, whole);
  assert.deepEqual(await read(path), ['first', 'second', 'third']);
});

test('with one bit flipped in any byte, everything acknowledged is read or the log is refused', async () => {
  const path = join(scratch(), 'log');
  await written(path, ['first'], ['second', 'third']);
  const whole = readFileSync(path);
  const refused: number[] = [];
  for (let at = 0; at < whole.length; at++) {
    const flipped = Buffer.from(whole);
    flipped.writeUInt8(flipped.readUInt8(at) ^ (1 << (at % 8)), at);
    writeFileSync(path, flipped);
    const result = await outcome(path);
    if (result === 'refused') refused.push(at);
    else assert.deepEqual(result, ['first', 'second', 'third'], `flip at ${at}`);
  }
  assert.ok(
    refused.filter((at) => at >= 4096).length === whole.length - 4096,
    'every byte of a record counts',
  );
});

test('an end that was never acknowledged is kept when whole, else cut off, kept aside and told', async () => {
  const directory = scratch();
  const path = join(directory, 'log');
  await written(path, ['first'], ['second']);
  const before = readFileSync(path);
  await written(path, ['third', 'fourth']);
  const after = readFileSync(path);
  // As a crash in the third commit leaves it: part of the new records, and the mark of the second commit.
  const crashed = (length: number) => Buffer.concat([before.subarray(0, 4096), after.subarray(4096, length)]);
  const thirdEnds = before.length + 8 + 'third'.length;
  for (let length = before.length; length <= after.length; length++) {
    writeFileSync(path, crashed(length));
    const log = recordingLog();
    const expected = ['first', 'second'];
    if (length >= thirdEnds) expected.push('third');
    if (length === after.length) expected.push('fourth');
    assert.deepEqual(await read(path, log), expected, `cut at ${length}`);
    const torn = ![before.length, thirdEnds, after.length].includes(length);
    assert.equal(log.lines.length, torn ? 1 : 0);
    const cut = length >= thirdEnds ? thirdEnds : before.length;
    if (torn) assert.deepEqual(readFileSync(`${path}.torn`), crashed(length).subarray(cut));
    // And from there on the log is as good as new.
    await written(path, ['fifth']);
    assert.deepEqual(await read(path), [...expected, 'fifth']);
  }
});

test('garbage behind the acknowledged records is cut off, garbage before it is refused', async () => {
  const path = join(scratch(), 'log');
  await written(path, ['first'], ['second']);
  const whole = readFileSync(path);
  writeFileSync(path, Buffer.concat([whole, Buffer.alloc(5_000)]));
  assert.deepEqual(await read(path), ['first', 'second']);
  assert.equal(readFileSync(path).length, whole.length);
  writeFileSync(path, Buffer.concat([whole.subarray(0, 4096), Buffer.alloc(8), whole.subarray(4096)]));
  assert.equal(await outcome(path), 'refused');
});

test('records of another log, another kind or a newer format are refused', async () => {
  const directory = scratch();
  const path = join(directory, 'log');
  await written(path, ['first']);
  const other = new AppendLog({ path, kind: 'other', log: silentLog });
  await assert.rejects(
    other.open(() => undefined),
    { code: 'store_corrupt', message: /holds test, not other/ },
  );
  await written(join(directory, 'second'), ['first']);
  const mixed = Buffer.concat([
    readFileSync(path).subarray(0, 4096),
    readFileSync(join(directory, 'second')).subarray(4096),
  ]);
  writeFileSync(path, mixed);
  assert.equal(await outcome(path), 'refused');
  writeFileSync(path, 'this is a text file');
  assert.equal(await outcome(path), 'refused');
});

test('a missing log beside its previous generation is refused, not begun anew', async () => {
  const directory = scratch();
  const path = join(directory, 'log');
  await written(path, ['first']);
  renameSync(path, `${path}.prev`);
  await assert.rejects(read(path), {
    code: 'store_corrupt',
    message: /is missing, but its previous generation/,
  });
  assert.deepEqual(readdirSync(directory), ['log.prev']);
});

test('replacing keeps or drops the previous generation, and what was cut off', async () => {
  const directory = scratch();
  const path = join(directory, 'log');
  await written(path, ['first'], ['second']);
  writeFileSync(`${path}.torn`, 'cut');
  const log = new AppendLog({ path, kind: 'test', log: silentLog });
  await log.open(() => undefined);
  await log.replace([Buffer.from('second')], 'keep');
  await log.append([Buffer.from('third')]);
  assert.deepEqual(await read(`${path}.prev`), ['first', 'second']);
  await log.replace([Buffer.from('third')], 'drop');
  await log.append([Buffer.from('fourth')]);
  await log.close();
  assert.deepEqual(readdirSync(directory), ['log']);
  assert.deepEqual(await read(path), ['third', 'fourth']);
});

test('a replacement that fails half way changes nothing', async () => {
  const directory = scratch();
  const path = join(directory, 'log');
  await written(path, ['first']);
  const log = new AppendLog({ path, kind: 'test', log: silentLog });
  await log.open(() => undefined);
  const failing = function* () {
    yield Buffer.from('second');
    throw new Error('no more');
  };
  await assert.rejects(log.replace(failing(), 'drop'), { code: 'store_fault' });
  await log.append([Buffer.from('third')]);
  await log.close();
  assert.deepEqual(await read(path), ['first', 'third']);
  assert.equal(existsSync(`${path}.tmp`), false);
});

test('more waiting than memory allows is refused as busy, and nothing of it is written', async () => {
  const path = join(scratch(), 'log');
  const log = new AppendLog({ path, kind: 'test', log: silentLog });
  await log.open(() => undefined);
  const big = Buffer.alloc(16 * 1024 * 1024, 1);
  const results = await Promise.allSettled(Array.from({ length: 6 }, () => log.append([big])));
  const refused = results.filter((result) => result.status === 'rejected');
  assert.ok(refused.length > 0 && refused.every(({ reason }) => reason.code === 'busy'));
  await log.close();
  assert.equal((await read(path)).length, results.length - refused.length);
});
