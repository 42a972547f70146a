import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { Output } from '../../../src/api/cli/output.ts';
import type { EvaluationTask } from '../../../src/api/cli/verbs.ts';
import { evaluate } from '../../../src/app/verbs/evaluate.ts';
import { LimenError } from '../../../src/core/errors.ts';
import { encodeJpeg, plainImage, resizeImage } from '../../../src/drivers/media/image-edit.ts';
import { type HumanPack, openHumanPack, packageFaces } from '../../fixtures/package-faces.ts';
import { scratch } from '../../fixtures/scratch.ts';

let human: HumanPack;
let pictures: Record<string, Uint8Array>;

before(async () => {
  human = await openHumanPack();
  const { resident, strangers } = await packageFaces(human);
  const jpeg = async (image: (typeof resident)[number]) =>
    encodeJpeg(await resizeImage(image, { width: image.width * 2, height: image.height * 2 }), 95);
  pictures = {
    'gallery/man/1.jpg': await jpeg(resident[0]),
    'gallery/woman/1.jpg': await jpeg(strangers[0]),
    'probes/man/2.jpg': await jpeg(resident[1]),
    'probes/man/3.jpg': await jpeg(resident[2]),
    'probes/visitor/1.jpg': await jpeg(strangers[1]),
    'empty.jpg': await encodeJpeg(plainImage(320, 240, [90, 100, 110])),
  };
});
after(() => human.close());

async function folder(): Promise<string> {
  const directory = scratch();
  for (const [name, bytes] of Object.entries(pictures)) {
    await mkdir(join(directory, name, '..'), { recursive: true });
    await writeFile(join(directory, name), bytes);
  }
  return directory;
}

async function asked(directory: string, task: EvaluationTask, signal = new AbortController().signal) {
  const stream = new PassThrough();
  const printed = text(stream);
  const io = {
    stdout: new Output(stream),
    stderr: new Output(new PassThrough().resume()),
    signal,
    env: { LIMEN_MODELS_PATH: human.modelsDir },
  };
  const state = join(directory, 'state');
  await evaluate({ task, fresh: false, json: true, pack: 'human', state }, io);
  stream.end();
  return JSON.parse(await printed);
}

test('pairs: figures by source, and the drawing', async () => {
  const directory = await folder();
  const rows = [
    'gallery/man/1.jpg,probes/man/2.jpg,1,a',
    'gallery/man/1.jpg,probes/visitor/1.jpg,0,a',
    'gallery/man/1.jpg,empty.jpg,0,b',
  ];
  const csv = join(directory, 'pairs.csv');
  await writeFile(csv, ['file_a,file_b,same,source', ...rows].join('\n'));
  const plot = join(directory, 'roc.svg');
  const { sources, all } = await asked(directory, { kind: 'pairs', pairs: csv, root: directory, plot });
  assert.deepEqual(
    sources.map((row: { source: string; pairs: number; failures: number }) => [
      row.source,
      row.pairs,
      row.failures,
    ]),
    [
      ['a', 2, 0],
      ['b', 1, 1],
    ],
  );
  assert.equal(all.auc, 1);
  assert.match(await readFile(plot, 'utf8'), /^<svg .*<\/svg>\n$/s);
  assert.deepEqual(await readdir(join(directory, 'state', 'evaluation')), [], 'no template stays behind');
});

test('gallery and probes: the man is named, the visitor is a stranger', async () => {
  const directory = await folder();
  const [gallery, probes] = [join(directory, 'gallery'), join(directory, 'probes')];
  const figures = await asked(directory, { kind: 'gallery', gallery, probes, visitsPerDay: 20 });
  assert.deepEqual([figures.enrolled, figures.mates, figures.strangers], [2, 2, 1]);
  assert.equal(figures.rank1.hits, 2);
  assert.equal(figures.inForce.fpir.trials, 1);
});

test('faces: what is there and what is not', async () => {
  const directory = await folder();
  const index = join(directory, 'index.csv');
  await writeFile(index, 'file,n_faces\ngallery/man/1.jpg,1\nempty.jpg,0\nprobes/man/2.jpg,-1\nclip.mp4,1\n');
  const { all, differing, refused } = await asked(directory, { kind: 'faces', index, root: directory });
  assert.deepEqual([all.pictures, all.recall.hits, all.falseFaces], [2, 1, 0]);
  assert.deepEqual([differing, refused], [[], []]);
});

test('distance: the same at every size, and beside the tape', async () => {
  const directory = await folder();
  const truth = join(directory, 'metres.csv');
  await writeFile(truth, 'file,metres\nman/1.jpg,0.5\n');
  const task = { kind: 'distance', directory: join(directory, 'gallery'), truth } as const;
  const figures = await asked(directory, task);
  assert.equal(figures.scales.length, 6);
  assert.equal(figures.tape.pictures, 1);
  for (const { medianError } of figures.scales) assert.ok(medianError < 0.1, `${medianError}`);
});

test('liveness: a pack without any says so', async () => {
  const directory = await folder();
  await assert.rejects(
    asked(directory, { kind: 'liveness', directory }),
    (error) => error instanceof LimenError && /has no liveness/.test(error.message),
  );
});

test('an interrupted run keeps what it has seen; the next goes on from it', async () => {
  const directory = await folder();
  const index = join(directory, 'index.csv');
  await writeFile(index, 'file,n_faces\ngallery/man/1.jpg,1\nmissing.jpg,1\n');
  const task = { kind: 'faces', index, root: directory } as const;
  await assert.rejects(asked(directory, task), /missing\.jpg/);
  const [kept = ''] = await readdir(join(directory, 'state', 'evaluation'));
  const path = join(directory, 'state', 'evaluation', kept);
  // what is kept is believed: the second run tells what stands there
  const line = (await readFile(path, 'utf8')).replace(/"faces":\[.*\]\}/, '"faces":[]}');
  await writeFile(path, line);
  await writeFile(join(directory, 'missing.jpg'), pictures['empty.jpg'] ?? '');
  const { all } = await asked(directory, task);
  assert.equal(all.recall.hits, 0);
});

test('a directory without pictures is named', async () => {
  const directory = scratch();
  await assert.rejects(asked(directory, { kind: 'distance', directory }), /holds no pictures/);
});
