import assert from 'node:assert/strict';
import { appendFile, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { KeptLooks } from '../../../src/app/verbs/evaluate/kept-looks.ts';
import { scratch } from '../../fixtures/scratch.ts';

test('what an interrupted run has seen is there for the next; a cut line is not', async () => {
  const path = join(scratch(), 'evaluation', 'a.ndjson');
  const first = await KeptLooks.open<number>(path, { fresh: false });
  await first.add('one', 1);
  await first.close();
  await appendFile(path, '["two",2');
  const second = await KeptLooks.open<number>(path, { fresh: false });
  assert.equal(second.get('one'), 1);
  assert.equal(second.get('two'), undefined);
  await second.add('three', 3);
  await second.close();
  const third = await KeptLooks.open<number>(path, { fresh: false });
  assert.deepEqual([third.get('one'), third.get('two'), third.get('three')], [1, undefined, 3]);
  await third.close();
});

test('the file is its owner’s alone, and gone after a run that ended well', async () => {
  const path = join(scratch(), 'evaluation', 'a.ndjson');
  const kept = await KeptLooks.open<number>(path, { fresh: false });
  await kept.add('one', 1);
  assert.equal((await stat(path)).mode & 0o077, 0);
  await kept.forget();
  await assert.rejects(readFile(path), { code: 'ENOENT' });
});

test('fresh forgets', async () => {
  const path = join(scratch(), 'a.ndjson');
  const before = await KeptLooks.open<number>(path, { fresh: false });
  await before.add('one', 1);
  await before.close();
  const after = await KeptLooks.open<number>(path, { fresh: true });
  assert.equal(after.get('one'), undefined);
  await after.close();
});
