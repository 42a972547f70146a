import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { loadConfig } from '../../src/config/load.ts';
import { LimenError } from '../../src/core/errors.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'limen-config-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function put(name: string, text: string | Uint8Array): string {
  const file = join(directory, name);
  writeFileSync(file, text);
  return file;
}

function load(file?: string, env: Record<string, string> = {}) {
  return loadConfig({ file, env, hostname: 'box', directory, systemFile: join(directory, 'etc.yaml') });
}

function failure(run: () => unknown): LimenError {
  try {
    run();
  } catch (cause) {
    assert.ok(cause instanceof LimenError);
    return cause;
  }
  return assert.fail('did not throw');
}

test('places are looked at in order, and without any file the defaults hold', () => {
  assert.deepEqual([load().file, load().config.device], [undefined, 'box']);
  const system = put('etc.yaml', 'device: system');
  assert.deepEqual([load().file, load().config.device], [system, 'system']);
  put('limen.yaml', 'device: here');
  assert.equal(load().config.device, 'here');
  const variable = put('variable.yaml', 'device: variable');
  assert.equal(load(undefined, { LIMEN_CONFIG: variable }).config.device, 'variable');
  put('option.yaml', 'device: option');
  assert.equal(load('option.yaml', { LIMEN_CONFIG: variable }).config.device, 'option');
  assert.equal(load(undefined, { LIMEN_CONFIG: '' }).config.device, 'here');
});

test('a file that was named must exist', () => {
  const error = failure(() => load('nowhere.yaml'));
  assert.equal(error.code, 'config_unreadable');
  assert.equal(error.message, `${join(directory, 'nowhere.yaml')}: there is no such file`);
});

test('an unreadable file is never taken for an absent one', () => {
  mkdirSync(join(directory, 'limen.yaml'));
  assert.equal(failure(() => load()).code, 'config_unreadable');
});

test('every problem is one line with file, line and column', () => {
  const file = put('limen.yaml', 'http:\n  prot: 1\nlog: {level: loud}\n');
  const error = failure(() => load());
  assert.equal(error.code, 'config_invalid');
  assert.deepEqual(error.message.split('\n'), [
    `${file}:2:3: http.prot: unknown key; did you mean \`http.port\`?`,
    `${file}:3:14: log.level: \`loud\` is none of debug, info, warn, error, silent`,
  ]);
});

test('what is not text is refused', () => {
  put('limen.yaml', new Uint8Array([0x64, 0x3a, 0x20, 0xff, 0xfe]));
  assert.match(failure(() => load()).message, /is not UTF-8 text$/);
  put('limen.yaml', ' '.repeat(1024 * 1024 + 1));
  assert.match(failure(() => load()).message, /too many for a configuration$/);
});
