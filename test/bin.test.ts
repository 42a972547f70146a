import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type TestContext, test } from 'node:test';

const ROOT = resolve(import.meta.dirname, '..');
const BIN = join(ROOT, 'src/bin.js');
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };

function temporary(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'limen bin-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function run(args: readonly string[], cwd: string = ROOT) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8' });
  return { status, stdout, stderr };
}

/** A checkout with nothing but the launcher, and what the test puts there. */
function checkout(t: TestContext, files: Record<string, string>): string {
  const directory = temporary(t);
  for (const folder of ['src', 'dist']) mkdirSync(join(directory, folder));
  copyFileSync(BIN, join(directory, 'src/bin.js'));
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  return join(directory, 'src/bin.js');
}

test('the launcher works from another directory and through a symlink', (t) => {
  const directory = temporary(t);
  symlinkSync(BIN, join(directory, 'limen'));
  assert.deepEqual(run([join(directory, 'limen'), '--version'], directory), {
    status: 0,
    stdout: `${version}\n`,
    stderr: '',
  });
});

test('a tsconfig.json that lies where Limen is called from changes nothing', (t) => {
  const directory = temporary(t);
  writeFileSync(join(directory, 'tsconfig.json'), '{"compilerOptions": {"paths": {"*": ["./evil.ts"]}}}');
  writeFileSync(join(directory, 'evil.ts'), 'throw new Error("loaded")');
  const { status, stdout, stderr } = run([BIN, 'config', 'schema'], directory);
  assert.deepEqual([status, stderr], [0, '']);
  assert.match(stdout, /^\{/);
});

test('usage errors come back with 2 and a hint', () => {
  const { status, stdout, stderr } = run([BIN, 'wach']);
  assert.deepEqual([status, stdout], [2, '']);
  assert.match(stderr, /^limen: there is no verb `wach`; did you mean `limen watch`\?\nwhat to do: /);
});

test('a build goes before the sources', (t) => {
  const bin = checkout(t, {
    'dist/main.js': 'console.log("built", process.argv[2])',
    'src/main.ts': 'throw new Error("source")',
  });
  assert.deepEqual(run([bin, 'x']), { status: 0, stdout: 'built x\n', stderr: '' });
});

test('missing packages are named, with the command that installs them', (t) => {
  const source = checkout(t, {});
  const built = checkout(t, { 'dist/main.js': 'import "no-such-package"' });
  for (const [bin, name] of [
    [source, 'tsx'],
    [built, 'no-such-package'],
  ] as const) {
    const { status, stderr } = run([bin, 'run']);
    assert.equal(status, 2);
    const root = resolve(bin, '../..');
    assert.equal(
      stderr,
      `limen: a package is not installed (${name}).\nwhat to do: run \`npm ci\` in ${root}\n`,
    );
  }
});

test('a missing file of our own is a fault with its stack', (t) => {
  const { status, stderr } = run([checkout(t, { 'dist/main.js': 'import "./gone.js"' }), 'run']);
  assert.equal(status, 1);
  assert.match(stderr, /ERR_MODULE_NOT_FOUND/);
});

test('an old Node is told so', () => {
  const pretend = `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'18.19.0'}})`;
  const { status, stdout, stderr } = run(['--import', pretend, BIN, 'run']);
  assert.deepEqual([status, stdout], [2, '']);
  assert.match(stderr, /^limen: Limen needs Node 20\.9 or newer; this is 18\.19\.0\.\nwhat to do: /);
});
