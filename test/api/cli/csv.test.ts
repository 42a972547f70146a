import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCsv, readCsv } from '../../../src/api/cli/csv.ts';
import { csvLine } from '../../../src/api/cli/csv-line.ts';
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

test('semicolons and tabs, as spreadsheets write them; a cell may hold several lines', () => {
  assert.deepEqual(parseCsv('id;name\n1;"Müller; Anna"\n', ['id', 'name'], 'x'), [
    { id: '1', name: 'Müller; Anna' },
  ]);
  assert.deepEqual(parseCsv('id\tname\n1\tAnna, B.\n', ['name'], 'x'), [{ name: 'Anna, B.' }]);
  const rows = readCsv('id,name\n1,"a\nb"\n\n2\n', { needed: ['id'], optional: ['name', 'file'] }, 'x');
  assert.deepEqual(rows, [
    { line: 3, cells: { id: '1', name: 'a\nb', file: '' } },
    { line: 5, cells: { id: '2', name: '', file: '' } },
  ]);
});

test('what is no CSV is refused with its line, and what is not UTF-8 says how to save it', () => {
  const refused = (text: string, says: RegExp) =>
    assert.throws(
      () => parseCsv(text, ['a'], 'x.csv'),
      (error: LimenError) => {
        assert.equal(error.code, 'usage');
        assert.match(error.message, says);
        return true;
      },
    );
  refused('a,b\n1,"2\n', /x\.csv is no CSV file: .*line 2/);
  refused('a\nM\uFFFDller\n', /UTF-8/);
  refused('', /no column a/);
});

test('a written line is read back as it was, and runs nothing in a spreadsheet', () => {
  const cells = ['plain', 'a "b", c;\nd', 'Zoë', ''];
  const text = csvLine(['w', 'x', 'y', 'z']) + csvLine(cells);
  assert.deepEqual(Object.values(parseCsv(text, ['w', 'x', 'y', 'z'], 'x')[0] ?? {}), cells);
  assert.equal(csvLine(['=1+1', '+1', '-1', '@a', '\t=1']), "'=1+1,'+1,'-1,'@a,'\t=1\r\n");
  assert.equal(csvLine([-1.5, true, undefined]), '-1.5,true,\r\n');
});
