import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ModelFile, ModelPack } from '../../../../src/core/model-pack.ts';
import { parseSearchPath } from '../../../../src/drivers/inference/packs/installed-model.ts';
import { loadPack } from '../../../../src/drivers/inference/packs/load-pack.ts';
import type { ModelProgress } from '../../../../src/drivers/inference/packs/model-progress.ts';
import { resolveModels } from '../../../../src/drivers/inference/packs/resolve-models.ts';
import { silentLog } from '../../../../src/runtime/logger.ts';
import { scratch } from '../../../fixtures/scratch.ts';
import { packOf, sha256, smallFiles } from './fixture-pack.ts';

const SHARED_MODELS = join(import.meta.dirname, '../../../../../shared/models');

/** Concatenates its inputs, and counts how often it is asked. */
function countingCompiler(version = '1') {
  const compiler = {
    version,
    count: 0,
    compile(json: Uint8Array, weights: Uint8Array) {
      compiler.count += 1;
      return Buffer.concat([Buffer.from(version), json, weights]);
    },
  };
  return compiler;
}

/** A pack of two graph models inside a package that lies in the test's own directory. */
async function graphPack() {
  const root = scratch();
  const modelsDir = join(scratch(), 'models');
  mkdirSync(join(root, 'models'));
  const files = ['one', 'two'].map((id): ModelFile => {
    const [json, weights] = [Buffer.from(`{"name":"${id}"}`), Buffer.from(`weights of ${id}`)];
    writeFileSync(join(root, `models/${id}.json`), json);
    writeFileSync(join(root, `models/${id}.bin`), weights);
    const origin = {
      kind: 'npm',
      package: 'some-package',
      version: '1.2.3',
      path: `models/${id}.json`,
      bytes: { json: json.length, weights: weights.length },
      sha256: { json: sha256(json), weights: sha256(weights) },
    } as const;
    return { id, role: 'detector', file: `${id}.onnx`, licence: 'none', origin };
  });
  const pack: ModelPack = { ...(await loadPack('human')), files };
  return { pack, root, modelsDir, options: { modelsDir, packageRoot: () => root, log: silentLog } };
}

test('graph models are compiled once, then found in the cache', async () => {
  const { pack, root, options } = await graphPack();
  const compiler = countingCompiler();
  const progress: ModelProgress[] = [];
  const first = await resolveModels(pack, { ...options, compiler, onProgress: (p) => progress.push(p) });
  assert.equal(compiler.count, 2);
  assert.deepEqual(
    progress.map(({ stage, model, index, count }) => [stage, model, index, count]),
    [
      ['compiling', 'one', 1, 2],
      ['ready', 'one', 1, 2],
      ['compiling', 'two', 2, 2],
      ['ready', 'two', 2, 2],
    ],
  );
  const one = first.get('one');
  assert.equal(readFileSync(one?.path ?? '', 'utf8'), '1{"name":"one"}weights of one');
  assert.equal(one?.tfjsPath, join(root, 'models/one.json'));
  assert.deepEqual(await resolveModels(pack, { ...options, compiler }), first);
  assert.equal(compiler.count, 2, 'a cache hit compiles nothing');
});

test('a damaged compiled file is compiled again', async () => {
  const { pack, options } = await graphPack();
  const compiler = countingCompiler();
  const path = (await resolveModels(pack, { ...options, compiler })).get('one')?.path ?? '';
  const good = readFileSync(path);
  const damages: (() => void)[] = [
    () => truncateSync(path, 3),
    () => writeFileSync(path, Buffer.concat([good, Buffer.from('x')])),
    () => writeFileSync(path, Buffer.from(good).fill(0, 5, 6)),
    () => writeFileSync(`${path}.sha256`, ''),
  ];
  for (const [index, damage] of damages.entries()) {
    damage();
    await resolveModels(pack, { ...options, compiler });
    assert.equal(compiler.count, 3 + index);
    assert.deepEqual(readFileSync(path), good);
  }
});

test('another compiler version compiles anew and clears what the old one left', async () => {
  const { pack, modelsDir, options } = await graphPack();
  const before = await resolveModels(pack, { ...options, compiler: countingCompiler('1') });
  const newer = countingCompiler('2');
  const after = await resolveModels(pack, { ...options, compiler: newer });
  assert.equal(newer.count, 2);
  assert.notEqual(after.get('one')?.path, before.get('one')?.path);
  assert.equal(readdirSync(modelsDir).length, 4, 'two models and two hashes');
});

test('two starts at once on an empty directory both get whole files', async () => {
  const { pack, modelsDir, options } = await graphPack();
  const starts = [1, 2, 3].map(() => resolveModels(pack, { ...options, compiler: countingCompiler() }));
  const [a, b, c] = await Promise.all(starts);
  assert.deepEqual(a, b);
  assert.deepEqual(a, c);
  const again = countingCompiler();
  await resolveModels(pack, { ...options, compiler: again });
  assert.equal(again.count, 0);
  assert.equal(readdirSync(modelsDir).length, 4);
});

test('a compilation that fails leaves nothing behind', async () => {
  const { pack, modelsDir, options } = await graphPack();
  const failing = {
    version: '1',
    compile(): Uint8Array {
      throw new Error('no such operator');
    },
  };
  await assert.rejects(resolveModels(pack, { ...options, compiler: failing }), /no such operator/);
  assert.equal(existsSync(modelsDir) && readdirSync(modelsDir).length > 0, false);
});

test('a package with other weights is refused before anything is compiled', async () => {
  const { pack, root, options } = await graphPack();
  writeFileSync(join(root, 'models/one.bin'), 'other weights');
  const compiler = countingCompiler();
  await assert.rejects(resolveModels(pack, { ...options, compiler }), {
    code: 'model_hash_mismatch',
    message: /one\.bin has sha256 [0-9a-f]{64}, the file of some-package@1\.2\.3 has/,
  });
  assert.equal(compiler.count, 0);
});

test('a package that is not installed is named', async () => {
  const { pack, options } = await graphPack();
  const { packageRoot: _, ...others } = options;
  await assert.rejects(resolveModels(pack, { ...others, compiler: countingCompiler() }), {
    code: 'package_missing',
    message: /some-package@1\.2\.3/,
  });
});

test('the tfjs format compiles nothing', async () => {
  const { pack, root, options } = await graphPack();
  const compiler = countingCompiler();
  const models = await resolveModels(pack, { ...options, compiler, format: 'tfjs' });
  assert.equal(models.get('two')?.path, join(root, 'models/two.json'));
  assert.equal(compiler.count, 0);
});

test('optional models are left alone unless wanted', async () => {
  const { pack, options } = await graphPack();
  const files = pack.files.map((file) => (file.id === 'two' ? { ...file, optional: true as const } : file));
  const compiler = countingCompiler();
  const resolve = (want?: string[]) =>
    resolveModels({ ...pack, files }, { ...options, compiler, ...(want && { want }) });
  assert.deepEqual([...(await resolve()).keys()], ['one']);
  assert.deepEqual([...(await resolve(['two'])).keys()], ['two']);
  await assert.rejects(resolve(['three']), { code: 'model_missing', message: /'three'; it has one, two/ });
});

test('downloads are found in the models directory, then on the search path, by hash', async () => {
  const [modelsDir, first, second] = [scratch(), scratch(), scratch()] as const;
  const files = smallFiles(2);
  const pack = await packOf(files, 'https://example.invalid');
  const [a, b] = [...files.entries()] as [[string, Buffer], [string, Buffer]];
  writeFileSync(join(modelsDir, a[0]), a[1]);
  writeFileSync(join(first, b[0]), 'another file of that name');
  writeFileSync(join(second, b[0]), b[1]);
  const options = { modelsDir, compiler: countingCompiler(), log: silentLog };
  const models = await resolveModels(pack, {
    ...options,
    searchPath: parseSearchPath(`${first}::${second}`),
  });
  assert.deepEqual(
    [...models.values()].map(({ path }) => path),
    [join(modelsDir, a[0]), join(second, b[0])],
  );
  await assert.rejects(resolveModels(pack, { ...options, searchPath: [first] }), {
    code: 'model_hash_mismatch',
    message: new RegExp(`${join(first, b[0])} has sha256`),
  });
});

test('missing downloads are all named, with the command that fetches them', async () => {
  const modelsDir = join(scratch(), 'not', 'there');
  const pack = await packOf(smallFiles(2), 'https://example.invalid');
  await assert.rejects(resolveModels(pack, { modelsDir, compiler: countingCompiler(), log: silentLog }), {
    code: 'model_missing',
    message: /lacks small-0\.onnx, small-1\.onnx .*limen models pull small/,
  });
  assert.equal(existsSync(modelsDir), false, 'looking makes no directory');
});

test('the installed package is the one that the human manifest was written for', async () => {
  const pack = await loadPack('human');
  const want = pack.files.map(({ id }) => id);
  const options = { modelsDir: scratch(), compiler: countingCompiler(), log: silentLog };
  const models = await resolveModels(pack, { ...options, want, format: 'tfjs' });
  for (const { file, id, origin } of pack.files) {
    assert.ok(origin.kind === 'npm', file);
    const json = readFileSync(models.get(id)?.path ?? '');
    const weights = readFileSync(models.get(id)?.path.replace('.json', '.bin') ?? '');
    assert.deepEqual({ json: json.length, weights: weights.length }, origin.bytes);
  }
});

test('the recommended manifest fits the measured files', {
  skip: existsSync(SHARED_MODELS) ? false : 'no ../shared/models here',
}, async () => {
  const pack = await loadPack('recommended');
  const want = pack.files.map(({ id }) => id);
  const options = { modelsDir: scratch(), searchPath: [SHARED_MODELS], log: silentLog };
  const models = await resolveModels(pack, { ...options, compiler: countingCompiler(), want });
  for (const { id, origin } of pack.files) {
    assert.ok(origin.kind === 'download');
    assert.equal(readFileSync(models.get(id)?.path ?? '').length, origin.bytes);
  }
});
