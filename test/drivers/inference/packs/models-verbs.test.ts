import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  type ModelsVerbOptions,
  modelsCompile,
  modelsList,
  modelsPull,
  modelsVerify,
} from '../../../../src/drivers/inference/packs/models-verbs.ts';
import type { PackState } from '../../../../src/drivers/inference/packs/verify-pack.ts';
import { silentLog } from '../../../../src/runtime/logger.ts';
import { scratch } from '../../../fixtures/scratch.ts';
import { packOf, smallFiles } from './fixture-pack.ts';

/** Verbs with the shipped packs, or with those of `packsDir`, and what they print. */
function verbs(packsDir?: string) {
  const lines: string[] = [];
  const notes: string[] = [];
  const options: ModelsVerbOptions = {
    modelsDir: join(scratch(), 'models'),
    searchPath: [],
    json: false,
    log: silentLog,
    write: (line) => lines.push(line),
    note: (line) => notes.push(line),
    ...(packsDir !== undefined && { packsDir }),
  };
  return { options, lines, notes };
}

/** A pack of small files in a manifest of its own, and a directory that holds the files. */
async function smallPack() {
  const [packsDir, medium] = [scratch(), scratch()];
  const files = smallFiles(2);
  const pack = await packOf(files, 'https://example.invalid');
  const { landmarks: _l, iris: _i, ...rest } = pack;
  const [detector, embedder] = pack.files.map((file, index) =>
    index === 0 ? file : { ...file, role: 'embedder' as const },
  );
  const manifest = {
    ...rest,
    files: [detector, embedder],
    detector: { ...pack.detector, model: 'small-0' },
    embedder: { ...pack.embedder, model: 'small-1' },
    liveness: { kind: 'none', why: 'a test' },
  };
  writeFileSync(join(packsDir, 'small.json'), JSON.stringify(manifest));
  for (const [name, content] of files) writeFileSync(join(medium, name), content);
  return { packsDir, medium };
}

test('list says of every pack what there is and what to do', async () => {
  const { options, lines } = verbs();
  assert.equal(await modelsList(options), 0);
  assert.match(lines[0] ?? '', /^human {2}usable/);
  assert.match(lines.join('\n'), /faceres {2}embedder {2}7\.1 MB {2}not compiled/);
  assert.match(lines.join('\n'), /recommended {2}not usable, run: limen models pull recommended/);
  assert.match(lines.join('\n'), /iris {2}iris {2}2\.6 MB {2}missing {2}optional/);
});

test('compile compiles the shipped graph models, and verify then finds them whole', async () => {
  const { options, lines, notes } = verbs();
  assert.equal(await modelsCompile('human', options), 0);
  assert.equal(notes.length, 4);
  assert.equal(notes[0], '[1/4] compiling blazeface.onnx');
  assert.equal(lines.length, 4);
  lines.length = 0;
  assert.equal(await modelsVerify('human', { ...options, json: true }), 0);
  const state = JSON.parse(lines.join('')) as PackState;
  assert.deepEqual(
    state.files.map((file) => file.state),
    ['ok', 'ok', 'ok', 'ok'],
  );
  writeFileSync(state.files[0]?.path ?? '', 'damaged');
  lines.length = 0;
  assert.equal(await modelsVerify('human', options), 1);
  assert.match(lines.join('\n'), /blazeface .* corrupt {2}\(.*will be compiled again\)/);
});

test('pull fetches, verify approves, and a file that rots is told', async () => {
  const { packsDir, medium } = await smallPack();
  const { options, lines, notes } = verbs(packsDir);
  assert.equal(await modelsVerify('small', options), 1, 'nothing there yet');
  lines.length = 0;
  assert.equal(await modelsPull('small', { ...options, from: medium }), 0);
  assert.deepEqual(lines, ['small-0.onnx  installed', 'small-1.onnx  installed']);
  assert.equal(notes.at(-1), '[2/2] downloading small-1.onnx 100 %');
  assert.equal(await modelsVerify('small', options), 0);
  writeFileSync(join(options.modelsDir, 'small-1.onnx'), 'rotten');
  lines.length = 0;
  assert.equal(await modelsVerify('small', options), 1);
  assert.match(lines.join('\n'), /small-1 .* wrong hash {2}\(.*has sha256/);
});

test('--json gives one document', async () => {
  const { packsDir, medium } = await smallPack();
  const { options, lines } = verbs(packsDir);
  mkdirSync(options.modelsDir);
  await modelsPull('small', { ...options, from: medium, json: true });
  await modelsList({ ...options, json: true });
  const [pulled, listed] = lines.map((line) => JSON.parse(line));
  assert.equal(lines.length, 2);
  assert.deepEqual(pulled.files[0], { id: 'small-0', file: 'small-0.onnx', state: 'installed' });
  assert.equal(listed.packs[0].usable, true);
});
