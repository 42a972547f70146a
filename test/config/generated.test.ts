import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { configTable, errorTable, exampleYaml, replaceBetween } from '../../scripts/generated-text.ts';
import { parseConfig } from '../../src/config/config.ts';
import { childSchema, type KeySchema } from '../../src/config/key.ts';
import { INPUT_SCHEMA } from '../../src/config/schema.ts';
import { ERRORS } from '../../src/core/errors.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const EXAMPLE = readFileSync(resolve(ROOT, 'config/example.yaml'), 'utf8');

function keys(schema: KeySchema, prefix: string[] = []): string[][] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, child]) =>
    child.type === 'object' ? keys(child, [...prefix, key]) : [[...prefix, key]],
  );
}

test('loading the example gives exactly the defaults', () => {
  const example = parseConfig(EXAMPLE, { hostname: 'box' });
  assert.ok(example.ok, JSON.stringify(example));
  assert.deepEqual(example.config, (parseConfig('', { hostname: 'box' }) as typeof example).config);
});

test('what the example comments out is valid once it is not', () => {
  const uncommented = EXAMPLE.replace(
    /^(\s*)# ((?:device|threshold|margin|dir|threads|relay|url): )/gm,
    '$1$2',
  );
  assert.notEqual(uncommented, EXAMPLE);
  const result = parseConfig(uncommented, { hostname: 'box' });
  assert.ok(result.ok, JSON.stringify(result));
  assert.equal(result.config.doors[0]?.relay, 'gpiod://gpiochip0/17');
});

test('the example of several doors is valid', () => {
  const doors = /^# doors:\n(?:# {2}.*\n)+/m.exec(EXAMPLE)?.[0].replace(/^# /gm, '');
  const result = parseConfig(doors ?? '', { hostname: 'box' });
  assert.ok(result.ok, JSON.stringify(result));
  assert.equal(result.config.doors.length, 2);
});

test('every key is explained, says when it takes effect, and stands in the table', () => {
  const table = configTable(INPUT_SCHEMA);
  for (const path of keys(INPUT_SCHEMA)) {
    const schema = path.reduce<KeySchema | undefined>(childSchema, INPUT_SCHEMA);
    assert.match(schema?.description ?? '', /\.$/, path.join('.'));
    assert.match(schema?.reload ?? '', /^(live|restart)$/, path.join('.'));
    assert.ok(schema?.default !== undefined || schema?.unset !== undefined, path.join('.'));
    assert.ok(table.includes(`\n| \`${path.join('.')}\` | `), path.join('.'));
  }
});

test('units stand in the names', () => {
  const SUFFIX: Record<string, RegExp> = {
    ms: /Ms$/,
    m: /M$/,
    Hz: /Hz$/,
    '°': /Deg$/,
    bytes: /Bytes$/,
    days: /Days$/,
  };
  for (const path of keys(INPUT_SCHEMA)) {
    const { unit } = path.reduce<KeySchema | undefined>(childSchema, INPUT_SCHEMA) ?? {};
    if (unit !== undefined) assert.match(path.at(-1) as string, SUFFIX[unit] ?? /$^/);
  }
});

test('the error table has every code', () => {
  const table = errorTable();
  for (const code of Object.keys(ERRORS)) assert.ok(table.includes(`| \`${code}\` | `), code);
});

test('a table replaces what stands between its markers and nothing else', () => {
  const text = 'a\n<!-- config:begin -->\nold\n<!-- config:end -->\nb\n';
  const once = replaceBetween(text, 'config', 'new');
  assert.equal(once, 'a\n<!-- config:begin -->\nnew\n<!-- config:end -->\nb\n');
  assert.equal(replaceBetween(once, 'config', 'new'), once);
  assert.equal(replaceBetween(text, 'errors', 'new'), text);
});

test('generated text depends on nothing but the schema', () => {
  assert.equal(exampleYaml(INPUT_SCHEMA), EXAMPLE);
});

test('nothing generated has drifted', () => {
  execFileSync(process.execPath, ['--import', 'tsx', 'scripts/generate.ts', '--check'], {
    cwd: ROOT,
    stdio: 'pipe',
  });
});
