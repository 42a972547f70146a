import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { encodeJpeg, plainImage } from '../../src/drivers/media/image-edit.ts';
import { scratch } from '../fixtures/scratch.ts';
import { Daemon } from './daemon.ts';
import { limen } from './limen.ts';

interface Told {
  readonly ok: number;
  readonly warn: number;
  readonly fail: number;
  readonly findings: { check: string; status: string; detail: string; fix?: string }[];
}

/** A site whose camera is a folder of grey pictures and whose relay moves nothing. */
async function site(...more: string[]) {
  const directory = scratch();
  const pictures = join(directory, 'pictures');
  const state = join(directory, 'state');
  await mkdir(pictures);
  await mkdir(state, { mode: 0o700 });
  await writeFile(join(pictures, 'a.jpg'), await encodeJpeg(plainImage(320, 240, [90, 90, 90])));
  const config = [
    `camera: 'stills://${pictures}?loop=1'`,
    "door: { relay: 'memory:' }",
    ...(more.some((line) => line.startsWith('http:')) ? [] : ['http: { port: 0 }']),
    ...(more.some((line) => line.startsWith('mqtt:')) ? [] : ['mqtt: { embeddedPort: 0 }']),
    'inference: { provider: cpu }',
    ...more,
  ];
  const file = join(directory, 'limen.yaml');
  await writeFile(file, config.join('\n'));
  return { directory, state, config, args: ['--config', file, '--state', state] };
}

async function doctor(args: readonly string[]) {
  const { code, stdout, stderr } = await limen(['doctor', '--json', ...args]);
  const told = JSON.parse(stdout) as Told;
  assert.equal(code, told.fail === 0 ? 0 : 1, stderr);
  const of = (check: string) => told.findings.find((found) => found.check === check);
  return { told, of };
}

test('a site without a daemon: everything is looked at, and nothing is left behind', async () => {
  const { state, args } = await site();
  const { told, of } = await doctor(args);
  assert.equal(told.fail, 0, JSON.stringify(told.findings.filter(({ status }) => status === 'fail')));
  assert.equal(of('camera front')?.status, /ffmpeg|no /.test(of('ffmpeg')?.detail ?? '') ? 'fail' : 'ok');
  assert.match(of('camera front')?.detail ?? '', /^320×240 from stills:/);
  assert.match(of('relay front')?.detail ?? '', /moves nothing/);
  assert.match(of('recognition')?.detail ?? '', /pack human on onnx\/cpu/);
  assert.match(of('people')?.detail ?? '', /nobody is enrolled/);
  assert.match(of('disk')?.detail ?? '', /GB free, one fsync takes/);
  for (const { status, fix } of told.findings) assert.equal(fix === undefined, status === 'ok');
  assert.deepEqual(
    (await readdir(state)).filter((name) => name.startsWith('.doctor') || name.endsWith('.log')),
    [],
  );
});

test('what does not work is named with what to do', async (t) => {
  const occupied = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => occupied.once('listening', resolve));
  t.after(() => occupied.close());
  const { port } = occupied.address() as { port: number };
  const { state, args, directory } = await site(
    `http: { port: ${port} }`,
    `mqtt: { url: 'mqtt://127.0.0.1:1' }`,
    "mail: { url: 'smtp://127.0.0.1:1' }",
  );
  await writeFile(join(state, 'people.log'), 'this was the people log once');
  await writeFile(join(directory, 'pictures', 'a.jpg'), 'no picture');
  const { of } = await doctor(args);
  for (const check of ['camera front', 'http', 'broker', 'mail', 'people']) {
    assert.equal(of(check)?.status, 'fail', `${check}: ${of(check)?.detail}`);
  }
  assert.match(of('http')?.detail ?? '', new RegExp(`${port}`));
  assert.match(of('people')?.detail ?? '', /people\.log/);
  assert.equal(await readFile(join(state, 'people.log'), 'utf8'), 'this was the people log once');
});

test('a configuration that does not parse is a finding too', async () => {
  const { args, directory } = await site();
  await writeFile(join(directory, 'limen.yaml'), 'access: { vots: 3 }\n');
  const { of } = await doctor(args);
  assert.equal(of('configuration')?.status, 'fail');
  assert.match(of('configuration')?.detail ?? '', /vots/);
});

test('a running daemon is asked, and keeps its devices', async (t) => {
  const { directory, state, config, args } = await site();
  await Daemon.start(t, { directory, state, config });
  const { told, of } = await doctor(args);
  assert.equal(told.fail, 0, JSON.stringify(told.findings));
  assert.equal(of('daemon')?.status, 'ok');
  assert.match(of('recognition')?.detail ?? '', /pack human/);
  assert.match(of('state directory')?.detail ?? '', /held by the running daemon/);
  assert.equal(of('relay front'), undefined, 'no device was opened');
});
