import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const ROOT = join(import.meta.dirname, '..', '..');

test('every test that docs/promises.md names is there', () => {
  const sources = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(ROOT, 'test', name), 'utf8'));
  const rows = readFileSync(join(ROOT, 'docs', 'promises.md'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| ---') && !line.startsWith('| when |'));
  assert.ok(rows.length > 20);
  for (const row of rows) {
    const named = [...(row.split(' | ').at(-1) ?? '').matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');
    assert.ok(named.length > 0, `no test is named: ${row}`);
    if (row.includes('in the machine:')) continue;
    for (const name of named) {
      assert.ok(
        sources.some((source) => source.includes(`'${name}'`) || source.includes(`\`${name}\``)),
        `no test is called "${name}"`,
      );
    }
  }
});
