import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { test } from 'node:test';

const SRC = resolve(import.meta.dirname, '../src');

/** Which rooms a room may import from, besides itself. `main` and `app` are single files at the top. */
const ALLOWED: Record<string, readonly string[]> = {
  core: [],
  config: ['core'],
  runtime: ['core'],
  vision: ['core'],
  drivers: ['core', 'runtime'],
  services: ['core', 'runtime', 'vision'],
  api: ['core', 'runtime', 'services'],
  app: ['core', 'config', 'runtime', 'vision', 'drivers', 'services', 'api'],
  main: ['app', 'core', 'config', 'runtime', 'api'],
};

/** Rooms whose subfolders are siblings that must not know one another. */
const SIBLINGS = ['drivers', 'services', 'api'];
/** One npm package, one importing folder; the schema library and the FFI package excepted. */
const PACKAGES: Record<string, string> = {
  'onnxruntime-node': 'drivers/inference',
  '@tensorflow': 'drivers/inference',
  sharp: 'drivers/media',
  lowdb: 'drivers/store',
  onoff: 'drivers/relay',
  mqtt: 'drivers/broker',
  aedes: 'drivers/broker',
  fastify: 'api/http',
  '@fastify': 'api/http',
  pino: 'runtime',
  'node-webcam': 'drivers/camera',
  yaml: 'config',
  nodemailer: 'drivers/mail',
  'prom-client': 'api/http',
  'csv-parse': 'api/cli',
};

interface Import {
  readonly file: string;
  readonly target: string;
}

function sourceFiles(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(directory, name));
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)[^'"\n;]*?(?:\{[^}]*\}[^'"\n;]*?)?from\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]|require\(\s*['"]([^'"]+)['"]|(?:^|\n)import\s+['"]([^'"]+)['"]/g;

function imports(): Import[] {
  return sourceFiles(SRC).flatMap((path) => {
    const file = relative(SRC, path);
    const matches = readFileSync(path, 'utf8').matchAll(IMPORT);
    return [...matches].map((match) => ({ file, target: match.slice(1).find(Boolean) as string }));
  });
}

function room(path: string): string {
  const first = path.split('/')[0] as string;
  return first.replace(/\.(ts|js)$/, '');
}

/** `drivers/camera/x.ts` → `drivers/camera`; a file directly in a room belongs to nobody's folder. */
function folder(path: string): string | undefined {
  const parts = path.split('/');
  return parts.length > 2 ? `${parts[0]}/${parts[1]}` : undefined;
}

test('imports point down only, and siblings do not know one another', () => {
  const wrong: string[] = [];
  for (const { file, target } of imports()) {
    if (!target.startsWith('.')) continue;
    const to = relative(SRC, resolve(SRC, dirname(file), target));
    const [from, towards] = [room(file), room(to)];
    if (to.startsWith('..') && from !== 'app' && from !== 'main') wrong.push(`${file} → ${to}`);
    else if (from !== towards && !(ALLOWED[from] ?? []).includes(towards)) wrong.push(`${file} → ${to}`);
    else if (SIBLINGS.includes(from) && from === towards) {
      const [a, b] = [folder(file), folder(to)];
      if (a !== undefined && b !== undefined && a !== b) wrong.push(`${file} → ${to} (siblings)`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('the domain imports no package and no Node module; vision imports no package', () => {
  const wrong = imports().filter(
    ({ file, target }) =>
      (room(file) === 'core' && !target.startsWith('.')) ||
      (room(file) === 'vision' && !target.startsWith('.')),
  );
  assert.deepEqual(wrong, []);
});

test('each npm package has one importing folder', () => {
  const wrong: string[] = [];
  for (const { file, target } of imports()) {
    const owner = Object.entries(PACKAGES).find(
      ([name]) => target === name || target.startsWith(`${name}/`),
    )?.[1];
    if (owner !== undefined && !file.startsWith(`${owner}/`)) wrong.push(`${file} → ${target}`);
  }
  assert.deepEqual(wrong, []);
});

test('the importing rules see something to check', () => {
  assert.ok(imports().length > 10);
});

test('no source file is longer than 300 lines', () => {
  const long = sourceFiles(SRC)
    .map((path) => ({ file: relative(SRC, path), lines: readFileSync(path, 'utf8').split('\n').length - 1 }))
    .filter(({ lines }) => lines > 300);
  assert.deepEqual(long, []);
});
