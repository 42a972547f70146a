import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCsv } from '../../../src/api/cli/csv.ts';
import type { LimenError } from '../../../src/core/errors.ts';

test('columns by name, in any order, with quotes, both line ends and a byte order mark', () => {
  const text = '\uFEFFnote,file,person\r\n"a, ""b""",x.jpg,anna\r\n\r\n,y.jpg,\r\n';
  assert.deepEqual(parseCsv(text, ['file', 'person', 'note'], 'list.csv'), [
    { file: 'x.jpg', person: 'anna', note: 'a, "b"' },
    { file: 'y.jpg', person: '', note: '' },
  ]);
});

test('a missing column is named, with those there are', () => {
  assert.throws(
    () => parseCsv('a,b\n1,2\n', ['a', 'c'], 'list.csv'),
    (error: LimenError) =>
      error.code === 'usage' && /list\.csv has no column c; it has a, b/.test(error.message),
  );
});
