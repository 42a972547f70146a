import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { encodeJpeg, plainImage } from '../../src/drivers/media/image-edit.ts';
import { decoded, PHOTOGRAPH } from '../fixtures/package-faces.ts';
import { scratch } from '../fixtures/scratch.ts';
import { Daemon } from './daemon.ts';
import { limen } from './limen.ts';

interface Told {
  readonly enrolled: number;
  readonly alreadyEnrolled: number;
  readonly refused: number;
  readonly results: { file: string; result: string; code?: string; message?: string }[];
}

test('limen import: tried, done, done again, and through a running daemon', async (t) => {
  const directory = scratch();
  const state = join(directory, 'state');
  const photographs = join(directory, 'photographs');
  await mkdir(join(photographs, 'staff'), { recursive: true });
  const put = (name: string, bytes: Uint8Array | string) => writeFile(join(photographs, name), bytes);
  await put('anna.jpg', PHOTOGRAPH);
  await put('grey.jpg', await encodeJpeg(plainImage(320, 240, [90, 90, 90])));
  await put('staff/bert.jpg', await encodeJpeg(await decoded(PHOTOGRAPH), 80));
  await put('text.jpg', 'this is no picture');
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await limen(['import', '--json', '--state', state, ...args]);
    return { code, stderr, ...(JSON.parse(stdout) as Told) };
  };
  const outcome = ({ results }: Told) =>
    results.map(({ file, result, code = '' }) => `${file} ${result} ${code}`.trim());
  const people = async () =>
    (
      JSON.parse((await limen(['people', '--json', '--state', state])).stdout) as {
        people: { gallery: string; id: string; faces: unknown[]; validUntil?: string }[];
      }
    ).people;

  const expected = [
    'anna.jpg enrolled',
    'grey.jpg refused no_face',
    'text.jpg refused image_refused',
    'staff/bert.jpg refused duplicate_face',
  ];
  const tried = await run(photographs, '--dry-run');
  assert.equal(tried.code, 1, tried.stderr);
  assert.deepEqual(outcome(tried), expected);
  assert.deepEqual(await people(), [], 'a trial changes nothing');

  const report = join(directory, 'report.csv');
  const done = await run(photographs, '--report', report);
  assert.deepEqual(outcome(done), expected);
  assert.match(done.results[3]?.message ?? '', /default\/anna/);
  assert.match(await readFile(report, 'utf8'), /\r\nstaff\/bert\.jpg,staff,bert,refused,duplicate_face,/);
  const again = await run(photographs);
  assert.deepEqual([again.enrolled, again.alreadyEnrolled, again.refused], [0, 1, 3]);

  const config = ['http: { port: 0 }', 'mqtt: { embeddedPort: 0 }', `camera: 'stills://${directory}/none'`];
  await Daemon.start(t, { directory, state, config });
  const list = join(photographs, 'staff.csv');
  await writeFile(list, 'id,gallery,file,validUntil\nbert,staff,staff/bert.jpg,2030-01-31T00:00:00Z\n');
  const forced = await run(list, '--force');
  assert.equal(forced.code, 0, forced.stderr);
  assert.deepEqual(outcome(forced), ['line 2: staff/bert.jpg enrolled']);
  assert.deepEqual(
    (await people()).map(({ gallery, id, faces, validUntil }) => [gallery, id, faces.length, validUntil]),
    [
      ['default', 'anna', 1, undefined],
      ['staff', 'bert', 1, '2030-01-31T00:00:00.000Z'],
    ],
  );
});

test('what holds no pictures, and what is not there', async () => {
  const directory = scratch();
  for (const [source, says] of [
    [directory, /holds no pictures.*limen help import/],
    [join(directory, 'nowhere'), /nowhere: there is no such file or directory/],
  ] as const) {
    const { code, stderr } = await limen(['import', source, '--state', join(directory, 'state')]);
    assert.equal(code, 2);
    assert.match(stderr, says);
  }
});
