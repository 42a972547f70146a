import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Log } from '../../../src/core/ports/log.ts';
import { DocumentFile } from '../../../src/drivers/store/documents.ts';
import { silentLog } from '../../../src/runtime/logger.ts';
import { scratch } from '../../fixtures/scratch.ts';
import { recordingLog } from './fixtures.ts';

interface Names {
  readonly names: readonly string[];
}

function namesFile(
  path: string,
  options: { log?: Log; whenUnreadable?: 'refuse' | 'replace'; schema?: number } = {},
) {
  return new DocumentFile<Names>({
    path,
    log: silentLog,
    name: 'names',
    schema: 1,
    initial: { names: [] },
    parse(data, schema) {
      if (schema === 0) return { names: [(data as { name: string }).name] };
      return data as Names;
    },
    ...options,
  });
}

async function opened(path: string, options?: Parameters<typeof namesFile>[1]): Promise<DocumentFile<Names>> {
  const document = namesFile(path, options);
  await document.start();
  return document;
}

const add = (name: string) => (value: Names) => ({ names: [...value.names, name] });

/** Two generations on disk: the current one says a and b, the previous a. */
async function twoGenerations(path: string): Promise<void> {
  const document = await opened(path);
  await document.update(add('a'));
  await document.update(add('b'));
  await document.stop();
}

test('flipped or truncated anywhere, a document is refused, and the message names the generation before', async () => {
  const path = join(scratch(), 'names.json');
  await twoGenerations(path);
  const whole = readFileSync(path);
  for (let at = 0; at < whole.length; at++) {
    const flipped = Buffer.from(whole);
    flipped.writeUInt8(flipped.readUInt8(at) ^ (1 << (at % 8)), at);
    for (const damaged of [flipped, whole.subarray(0, at)]) {
      writeFileSync(path, damaged);
      const document = namesFile(path);
      await assert.rejects(document.start(), {
        code: 'store_corrupt',
        message: /generation 1 is in .*\.prev$/,
      });
      assert.throws(() => document.value, { code: 'store_fault' });
      await assert.rejects(document.update(add('c')), { code: 'store_fault' });
      assert.deepEqual(readFileSync(path), damaged, 'left as it was');
    }
  }
  writeFileSync(path, whole);
  assert.deepEqual((await opened(path)).value, { names: ['a', 'b'] });
});

test('a document that is missing beside its previous generation is refused', async () => {
  const directory = scratch();
  const path = join(directory, 'names.json');
  await twoGenerations(path);
  renameSync(path, join(directory, 'away'));
  await assert.rejects(opened(path), { code: 'store_corrupt', message: /is missing; generation 1 is in/ });
});

test('what can be worked out again goes back a generation, then to nothing, keeping the bad file and saying so', async () => {
  const path = join(scratch(), 'names.json');
  await twoGenerations(path);
  writeFileSync(path, 'damaged');
  const log = recordingLog();
  const back = await opened(path, { log, whenUnreadable: 'replace' });
  assert.deepEqual(back.value, { names: ['a'] });
  assert.equal(log.lines[0]?.level, 'error');
  assert.equal(readFileSync(`${path}.unreadable`, 'utf8'), 'damaged');
  await back.update(add('c'));
  assert.deepEqual((await opened(path)).value, { names: ['a', 'c'] });
  writeFileSync(path, 'damaged');
  writeFileSync(`${path}.prev`, 'damaged');
  assert.deepEqual((await opened(path, { whenUnreadable: 'replace' })).value, { names: [] });
});

test('an update that forgets leaves no earlier generation', async () => {
  const directory = scratch();
  const path = join(directory, 'names.json');
  await twoGenerations(path);
  const document = await opened(path);
  await document.update(() => ({ names: ['b'] }), { forget: true });
  assert.deepEqual(readdirSync(directory), ['names.json']);
  assert.equal(readFileSync(path, 'utf8').includes('"a"'), false);
});

test('a document of an older schema is brought up to date, of a newer one or another name refused', async () => {
  const path = join(scratch(), 'names.json');
  const old = new DocumentFile<{ name: string }>({
    path,
    log: silentLog,
    name: 'names',
    schema: 0,
    initial: { name: '' },
    parse: (data) => data as { name: string },
  });
  await old.start();
  await old.update(() => ({ name: 'a' }));
  const current = await opened(path);
  assert.deepEqual(current.value, { names: ['a'] });
  await current.update(add('b'));
  await assert.rejects(old.start(), {
    code: 'store_corrupt',
    message: /schema 1, this program reads up to 0/,
  });
});

test('a write that fails changes nothing, on disk or in memory', async () => {
  const path = join(scratch(), 'names.json');
  const document = await opened(path);
  await document.update(add('a'));
  const circular: { names: string[]; self?: unknown } = { names: ['b'] };
  circular.self = circular;
  await assert.rejects(
    document.update(() => circular),
    { code: 'store_fault' },
  );
  assert.deepEqual(document.value, { names: ['a'] });
  assert.equal(existsSync(`${path}.tmp`), false);
  await document.update(add('c'));
  assert.deepEqual((await opened(path)).value, { names: ['a', 'c'] });
});

test('values cannot be changed behind the document', async () => {
  const document = await opened(join(scratch(), 'names.json'));
  const value = await document.update(add('a'));
  assert.throws(() => (value.names as string[]).push('b'), TypeError);
});
