import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { scratch } from '../fixtures/scratch.ts';
import { type Finished, limen } from './limen.ts';

/** What an operator must be able to rely on in every failure: what happened, what to do, no insides of ours. */
function assertTold({ code, stdout, stderr }: Finished, expected: { code: number; says: RegExp }): void {
  assert.equal(code, expected.code, `${stderr}${stdout}`);
  assert.match(stderr, expected.says);
  assert.match(stderr, /^what to do: .{10,}/m);
  assert.doesNotMatch(stderr, /^\s+at .*\(.*:\d+:\d+\)/m, 'a stack trace');
}

async function withConfig(yaml: string) {
  const directory = scratch();
  const config = join(directory, 'limen.yaml');
  await writeFile(config, yaml);
  return { directory, args: ['run', '--config', config, '--state', join(directory, 'state')] };
}

test('an unknown configuration key: line, column and the nearest key there is', async () => {
  const { args } = await withConfig('http:\n  port: 0\naccess:\n  vots: 3\n');
  assertTold(await limen(args), { code: 2, says: /limen\.yaml:4:3.*vots.*votes/ });
});

test('a missing model names the command that fetches it', async () => {
  const { args } = await withConfig('http: { port: 0 }\nmodels: { pack: recommended }\n');
  assertTold(await limen(args), { code: 2, says: /limen models pull recommended/ });
});

test('a runtime that cannot run the pack says which can', async () => {
  const models = 'models: { pack: recommended }\ninference: { runtime: tfjs }\n';
  const { args } = await withConfig(`http: { port: 0 }\nmqtt: { embeddedPort: 0 }\n${models}`);
  assertTold(await limen(args), { code: 2, says: /recommended.*ONNX.*human/ });
});

test('an unknown pack lists the packs there are', async () => {
  const { args } = await withConfig('http: { port: 0 }\nmodels: { pack: humna }\n');
  assertTold(await limen(args), { code: 2, says: /human.*recommended/ });
});

test('an unknown camera scheme lists the known ones', async () => {
  const { args } = await withConfig('http: { port: 0 }\ncamera: usb:///0\n');
  assertTold(await limen(args), { code: 2, says: /usb.*v4l2.*rtsp/ });
});

test('an unknown relay scheme lists the known ones', async () => {
  const { args } = await withConfig("http: { port: 0 }\ndoor: { relay: 'gpio:17' }\n");
  assertTold(await limen(args), { code: 2, says: /gpio.*gpiod/ });
});

test('a configured relay that cannot be opened stops the start', async () => {
  const { args } = await withConfig("http: { port: 0 }\ndoor: { relay: 'gpiod://gpiochip99/1' }\n");
  assertTold(await limen(args), { code: 1, says: /gpiochip99/ });
});

test('a corrupt store stops the start, and not a byte of it changes', async () => {
  const { directory, args } = await withConfig('http: { port: 0 }\nmqtt: { embeddedPort: 0 }\n');
  const state = join(directory, 'state');
  await mkdir(state, { mode: 0o700 });
  const store = join(state, 'people.log');
  await writeFile(store, 'this was the people log once');
  assertTold(await limen(args), { code: 1, says: /people\.log/ });
  assert.equal(await readFile(store, 'utf8'), 'this was the people log once');
});

test('an occupied HTTP port stops the start and leaves nothing running', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => server.close());
  const { port } = server.address() as { port: number };
  const { args } = await withConfig(`http: { port: ${port} }\nmqtt: { embeddedPort: 0 }\n`);
  assertTold(await limen(args), { code: 1, says: new RegExp(`${port}`) });
});

test('a bind that others can reach, without clients and TLS, is refused', async () => {
  const { args } = await withConfig('http: { port: 0, host: 0.0.0.0 }\n');
  assertTold(await limen(args), { code: 2, says: /0\.0\.0\.0/ });
});

test('a picture without a face enrols nobody', async () => {
  const directory = scratch();
  const picture = join(directory, 'grey.png');
  const { encodeJpeg, plainImage } = await import('../../src/drivers/media/image-edit.ts');
  await writeFile(picture, await encodeJpeg(plainImage(320, 240, [90, 90, 90])));
  const state = join(directory, 'state');
  const result = await limen(['enroll', 'default/anna', picture, '--state', state]);
  assertTold(result, { code: 1, says: /no face/ });
  const { stdout } = await limen(['people', '--json', '--state', state]);
  assert.deepEqual(JSON.parse(stdout), { people: [], enrolAgain: [] });
});

test('a picture that is not there, and a source that is not there', async () => {
  const state = scratch();
  assertTold(await limen(['enroll', 'default/anna', '/nowhere.jpg', '--state', state]), {
    code: 2,
    says: /nowhere\.jpg.*no such file/,
  });
  assertTold(await limen(['watch', '--source', 'file:///nowhere.mp4', '--once', '--state', state]), {
    code: 1,
    says: /nowhere\.mp4/,
  });
  assert.deepEqual(
    (await readdir(state)).filter((name) => name === 'people.log'),
    [],
  );
});
