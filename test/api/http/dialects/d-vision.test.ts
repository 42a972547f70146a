import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { connect } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { picture } from '../../../fixtures/coloured-faces.ts';
import { curl, form, type ServingOptions, serve } from '../serving.ts';

const files = {
  'anna.png': await picture({ person: 1 }),
  'later.png': await picture({ person: 1, view: 3 }),
  'stranger.png': await picture({ person: 2 }),
  'crowd.png': await picture({ person: 2, sizePx: 30 }, { person: 1 }, { person: 3, sizePx: 20 }),
  'nobody.png': await picture(),
  'dark.png': await picture({ person: 1, flaw: 'not_embedded' }),
  // no channel is black, and there is nothing else in the picture
  'grey.png': await picture({ person: 1, view: 1, flaw: 'dark' }),
  'turned.png': await picture({ person: 1, flaw: 'turned_away' }),
  'noise.png': Buffer.from('this is no picture'),
  'empty.png': new Uint8Array(),
};
const skip = spawnSync('curl', ['--version']).status === 0 ? false : 'curl is not installed';

/** `anna` has a face, in a gallery that opens nothing. */
async function serveAnna(t: TestContext, options: ServingOptions = {}) {
  const serving = await serve(t, options);
  const image = files['anna.png'];
  await serving.enrolment.enrol({ person: { gallery: 'visitors', id: 'anna' }, image, actor: 'test' });
  const ask = async (path: string, ...args: string[]) => {
    const { status, body, headers } = await curl(files, ...args, `${serving.url}${path}`);
    return { status, body: JSON.parse(body) as unknown, headers };
  };
  return { ...serving, ask };
}

const UNREADABLE = {
  result: 'fail',
  type: 'save_image',
  message: 'not a picture in a format that is known here',
};
const NO_FACE = { result: 'fail', type: 'face', face: '' };
const NO_DISTANCE = { result: 'fail', type: 'distance', distance: 0 };
const NO_TONE = { result: 'fail', type: 'personal_color', tone: '' };
const required = (type: string, name: string) => ({ result: 'fail', type, message: `${name} is required` });

/** Every documented answer of the document's second half, and what the contract adds. */
const TABLE: [what: string, path: string, part: string, status: number, answer: unknown][] = [
  ['known', '/face', 'face_image=@later.png', 200, { result: 'success', type: 'face', face: 'anna' }],
  ['the nearest', '/face', 'face_image=@crowd.png', 200, { result: 'success', type: 'face', face: 'anna' }],
  ['unknown', '/face', 'face_image=@stranger.png', 200, NO_FACE],
  ['nobody', '/face', 'face_image=@nobody.png', 200, NO_FACE],
  ['unrecognisable', '/face', 'face_image=@dark.png', 200, NO_FACE],
  ['no picture', '/face', 'face_image=@noise.png', 200, UNREADABLE],
  ['an empty file', '/face', 'face_image=@empty.png', 400, required('face', 'face_image')],
  ['another part', '/face', 'distance_image=@anna.png', 400, required('face', 'face_image')],
  [
    'measured',
    '/distance',
    'distance_image=@stranger.png',
    200,
    { result: 'success', type: 'distance', distance: 0.63 },
  ],
  [
    'the nearest',
    '/distance',
    'distance_image=@crowd.png',
    200,
    { result: 'success', type: 'distance', distance: 0.63 },
  ],
  ['nobody', '/distance', 'distance_image=@nobody.png', 200, NO_DISTANCE],
  ['turned away', '/distance', 'distance_image=@turned.png', 200, NO_DISTANCE],
  ['no picture', '/distance', 'distance_image=@noise.png', 200, UNREADABLE],
  ['another part', '/distance', 'face_image=@anna.png', 400, required('distance', 'distance_image')],
  [
    'a tone',
    '/personal_color',
    'face_image=@grey.png',
    200,
    { result: 'success', type: 'personal_color', tone: 'summer cool' },
  ],
  ['nobody', '/personal_color', 'face_image=@nobody.png', 200, NO_TONE],
  ['no picture', '/personal_color', 'face_image=@noise.png', 200, UNREADABLE],
  ['another part', '/personal_color', 'x=@anna.png', 400, required('personal_color', 'face_image')],
];

describe('document 004, pictures', { skip }, () => {
  for (const [what, path, part, status, answer] of TABLE) {
    test(`${path}: ${what}`, async (t) => {
      const { ask } = await serveAnna(t);
      // as documented, then for clients that cannot send a body with GET
      for (const args of [
        ['-X', 'GET', '-F', part],
        ['-F', part],
      ]) {
        const found = await ask(path, ...args);
        assert.deepEqual(found.body, answer, args.join(' '));
        assert.equal(found.status, status);
      }
    });
  }

  test('without a body, with a slash at the end, with HEAD', async (t) => {
    const { ask, url } = await serveAnna(t);
    const none = await ask('/face');
    assert.deepEqual([none.status, none.body], [400, required('face', 'face_image')]);
    const slash = await ask('/face/', '-X', 'GET', '-F', 'face_image=@anna.png');
    assert.deepEqual(slash.body, { result: 'success', type: 'face', face: 'anna' });
    assert.equal((await fetch(`${url}/face`, { method: 'HEAD' })).status, 404);
  });

  test('too large a picture', async (t) => {
    const { ask } = await serveAnna(t, { settings: { maxImageBytes: 50 } });
    const found = await ask('/face', '-X', 'GET', '-F', 'face_image=@anna.png');
    assert.equal(found.status, 413);
    assert.equal((found.body as { result: string }).result, 'fail');
  });

  test('a full queue is 503 with Retry-After and the shape of a failure', async (t) => {
    const { ask, analyser } = await serveAnna(t, { maxWaiting: 0 });
    let release = () => {};
    analyser.gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const called = new Promise<void>((resolve) => {
      const { analyse } = analyser;
      analyser.analyse = (image, options) => {
        resolve();
        return analyse.call(analyser, image, options);
      };
    });
    const first = ask('/distance', '-X', 'GET', '-F', 'distance_image=@anna.png');
    await called;
    for (const [path, part] of [
      ['/face', 'face_image'],
      ['/distance', 'distance_image'],
      ['/personal_color', 'face_image'],
    ]) {
      const { status, body, headers } = await ask(path as string, '-X', 'GET', '-F', `${part}=@anna.png`);
      assert.equal(status, 503);
      assert.equal((body as { type: string }).type, (path as string).slice(1));
      assert.ok(Number(headers['retry-after']) > 0);
    }
    release();
    assert.equal((await first).status, 200);
  });

  test('a terminal may ask, a viewer may not; nothing is enrolled by asking', async (t) => {
    const { store } = await serveAnna(t);
    const before = await store.list();
    for (const [role, status] of [
      ['terminal', 200],
      ['viewer', 403],
    ] as const) {
      const { url } = await serve(t, { settings: { clients: [{ cidr: '127.0.0.1/32', role }] } });
      for (const path of ['face', 'personal_color']) {
        const body = form(['face_image', files['anna.png'], 'a.png']);
        assert.equal((await fetch(`${url}/${path}`, { method: 'POST', body })).status, status);
      }
    }
    assert.deepEqual(await store.list(), before);
  });
});

/** Sends bytes as they are and reads the status of the answer. */
async function rawStatus(url: string, request: string): Promise<number> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.end(request);
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  return Number(answer.split(' ')[1]);
}

test('every other GET refuses a body, declared or chunked', async (t) => {
  const { url } = await serve(t);
  const head = (method: string, path: string) =>
    `${method} ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n`;
  for (const path of ['/v1/health', '/v1/people', '/v1/accounts', '/register/']) {
    assert.equal(await rawStatus(url, `${head('GET', path)}content-length: 2\r\n\r\n{}`), 400, path);
    assert.equal(
      await rawStatus(url, `${head('GET', path)}transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`),
      400,
      path,
    );
    assert.equal(await rawStatus(url, `${head('GET', path)}content-length: 0\r\n\r\n`), 200, path);
    assert.equal(
      await rawStatus(url, `${head('GET', path)}content-type: application/json\r\n\r\n`),
      200,
      path,
    );
  }
});
