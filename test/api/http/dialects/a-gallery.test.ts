import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, type TestContext, test } from 'node:test';
import { LimenError } from '../../../../src/core/errors.ts';
import { formatPersonRef, type Person } from '../../../../src/core/person.ts';
import { picture } from '../../../fixtures/coloured-faces.ts';
import { assertNothingChanged, curl, type ServingOptions, serve } from '../serving.ts';

const skip = spawnSync('curl', ['--version']).status === 0 ? false : 'curl is not installed';

// the answers of the document, as it prints them, white space aside
const REGISTERED = '{"status":true,"message":"Enregistrement réussi"}';
const EXISTS = '{"status":false,"message":"ce subjet id est deja enregistre"}';
const NO_FACE = `{"status":false,"message":"Aucune face detect&eacute; dans l'image"}`;
const SEVERAL = (faces: number) =>
  `{"status":false,"message":"Plusieurs faces ont &eacute;t&eacute; detect&eacute; dans l'image. Veuillez vous assurer d'etre seul dans l'image.","faces":${faces}}`;
const RECOGNISED = (name: string) =>
  `{"status":true,"message":"Face reconnue dans le système","name":"${name}"}`;
const NOT_RECOGNISED = '{"status":false,"message":"Face non reconnue dans le système"}';
const REMOVED = (name: string) =>
  `{"message":"subject id ${name} has been successfully removed","status":true}`;
const failed = (message: string) => `{"status":false,"message":"${message}"}`;
const required = (field: string) => failed(`Le champ ${field} est requis`);

const FILES = {
  'test-user.png': await picture({ person: 1 }),
  'test-user-later.png': await picture({ person: 1, view: 3 }),
  'stranger.png': await picture({ person: 5 }),
  'nobody.png': await picture(),
  'three.png': await picture({ person: 1 }, { person: 2 }, { person: 3 }),
  'blurred.png': await picture({ person: 1, flaw: 'not_embedded' }),
  'dark.png': await picture({ person: 5, flaw: 'dark' }),
  'text.jpg': Buffer.from('this is no picture'),
  'half.png': (await picture({ person: 1 })).subarray(0, 90),
  'empty.jpg': Buffer.alloc(0),
  'large.jpg': Buffer.alloc(210_000),
  'huge.jpg': Buffer.alloc(900_000),
};
type File = keyof typeof FILES;

/** `Test User` is enrolled in the gallery `Test`. */
async function serveTestUser(t: TestContext, options: ServingOptions = {}) {
  const serving = await serve(t, options);
  const first = await call(serving.url, '/api/register/', testUser, 'test-user.png');
  assert.deepEqual(first, { status: 200, body: REGISTERED });
  return { ...serving, before: await serving.store.list() };
}

const testUser = { username: 'Test User', galleryname: 'Test' };

async function call(url: string, path: string, headers: Record<string, string>, file?: File) {
  // a value that ends in a semicolon is how curl sends an empty header
  const lines = Object.entries(headers).flatMap(([name, value]) => [
    '-H',
    value === '' ? `${name};` : `${name}: ${value}`,
  ]);
  const form = file === undefined ? ['-X', 'POST'] : ['-F', `image=@${file}`];
  const { status, body } = await curl(FILES, ...lines, ...form, url + path);
  return { status, body };
}

type Row = [
  what: string,
  headers: Record<string, string>,
  file: File | undefined,
  status: number,
  body: string,
];

const john = { username: 'John', galleryname: 'test' };

const DOCUMENT: Record<string, Row[]> = {
  '/api/register/': [
    ['Example Success Response', john, 'stranger.png', 200, REGISTERED],
    ['User Already Exist Response', testUser, 'stranger.png', 200, EXISTS],
    ['No face detected in the image', john, 'nobody.png', 200, NO_FACE],
    ['More than one face in image response', john, 'three.png', 200, SEVERAL(3)],
  ],
  '/api/verify': [
    ['Example Success Response', {}, 'test-user-later.png', 200, RECOGNISED('Test User')],
    ['Face Not Regocnised Response', {}, 'stranger.png', 200, NOT_RECOGNISED],
    ['No face detected in the image', {}, 'nobody.png', 200, NO_FACE],
    ['More than one face in image response', {}, 'three.png', 200, SEVERAL(3)],
  ],
  '/api/remove': [
    ['Example Success Response', testUser, 'test-user-later.png', 200, REMOVED('Test User')],
    ['Face Not Regocnised Response', testUser, 'stranger.png', 200, NOT_RECOGNISED],
    ['No face detected in the image', testUser, 'nobody.png', 200, NO_FACE],
    ['More than one face in image response', testUser, 'three.png', 200, SEVERAL(3)],
  ],
};

const UNREADABLE: [File, number, string][] = [
  ['text.jpg', 400, failed('Image illisible')],
  ['half.png', 400, failed('Image illisible')],
  ['empty.jpg', 400, required('image')],
  ['large.jpg', 413, failed('Image trop volumineuse')],
  ['huge.jpg', 413, failed('Image trop volumineuse')],
];

const subjectRows: Row[] = [
  ['no username', { galleryname: 'Test' }, 'stranger.png', 400, required('username')],
  ['no galleryname', { username: 'John' }, 'stranger.png', 400, required('galleryname')],
  ['neither', {}, 'stranger.png', 400, required('username')],
  ['an empty username', { ...john, username: '' }, 'stranger.png', 400, required('username')],
  ['a blank galleryname', { ...john, galleryname: '%20' }, 'stranger.png', 400, required('galleryname')],
  ['no image', john, undefined, 400, required('image')],
  [
    'a control character',
    { ...john, username: 'a%00b' },
    'stranger.png',
    400,
    failed('Le champ username est invalide'),
  ],
  [
    'a slash in the gallery',
    { ...john, galleryname: 'a/b' },
    'stranger.png',
    400,
    failed('Le champ galleryname est invalide'),
  ],
];

const EDGES: Record<string, Row[]> = {
  '/api/register/': [
    ...subjectRows,
    ...UNREADABLE.map(([file, status, body]): Row => [file, john, file, status, body]),
    ['the same name in another gallery', { ...john, username: 'Test User' }, 'stranger.png', 200, REGISTERED],
    ['the same face under another name', john, 'test-user-later.png', 200, REGISTERED],
    [
      'a picture that is too dark',
      john,
      'dark.png',
      400,
      failed('Image de qualité insuffisante : too dark: brightness 20, 35 needed; turn to the light'),
    ],
  ],
  '/api/verify': [
    ...UNREADABLE.map(([file, status, body]): Row => [file, {}, file, status, body]),
    ['no image', {}, undefined, 400, required('image')],
    ["the person's gallery", { galleryname: 'Test' }, 'test-user.png', 200, RECOGNISED('Test User')],
    ['another gallery', { galleryname: 'test' }, 'test-user.png', 200, NOT_RECOGNISED],
    ['an empty galleryname', { galleryname: '' }, 'test-user.png', 200, RECOGNISED('Test User')],
    ['a face that cannot be compared', {}, 'blurred.png', 200, NOT_RECOGNISED],
  ],
  '/api/remove': [
    ...subjectRows,
    ...UNREADABLE.map(([file, status, body]): Row => [file, testUser, file, status, body]),
    ['an unknown name', { ...testUser, username: 'John' }, 'test-user.png', 200, NOT_RECOGNISED],
    ['an unknown gallery', { ...testUser, galleryname: 'default' }, 'test-user.png', 200, NOT_RECOGNISED],
    ['a face that cannot be compared', testUser, 'blurred.png', 200, NOT_RECOGNISED],
  ],
};

for (const [title, tables] of [
  ["every answer of the document, under the document's own heading", DOCUMENT],
  ['what the document leaves open', EDGES],
] as const) {
  describe(title, { skip }, () => {
    for (const [path, rows] of Object.entries(tables)) {
      for (const address of [path.replace(/\/$/, ''), `${path.replace(/\/$/, '')}/`]) {
        for (const [what, headers, file, status, body] of rows) {
          test(`POST ${address}: ${what} → ${status} ${body}`, async (t) => {
            const { url, store, before, journal } = await serveTestUser(t);
            const events = journal.events.length;
            assert.deepEqual(await call(url, address, headers, file), { status, body });
            if (body === REGISTERED || body === REMOVED('Test User')) return;
            await assertNothingChanged({ store, journal, before, events });
          });
        }
      }
    }
  });
}

describe('names in headers', { skip }, () => {
  const stored = (people: readonly Person[]) => people.map(formatPersonRef);

  for (const [header, name] of [
    ['Zoë 李', 'Zoë 李'],
    ['Zo%C3%AB%20%E6%9D%8E', 'Zoë 李'],
    ['100%', '100%'],
    ['100%25 Zo%c3%ab', '100% Zoë'],
    ['%zz', '%zz'],
    ['a+b/c', 'a+b/c'],
  ] as const) {
    test(`username ${header} is ${name}`, async (t) => {
      const { url, store } = await serve(t);
      const headers = { username: header, galleryname: 'Büro' };
      assert.equal((await call(url, '/api/register/', headers, 'test-user.png')).body, REGISTERED);
      assert.deepEqual(stored(await store.list()), [`Büro/${name}`]);
      assert.equal((await call(url, '/api/verify', {}, 'test-user.png')).body, RECOGNISED(name));
      const encoded = { username: encodeURIComponent(name), galleryname: 'B%C3%BCro' };
      assert.equal((await call(url, '/api/register/', encoded, 'test-user.png')).body, EXISTS);
      assert.equal((await call(url, '/api/remove', encoded, 'test-user.png')).body, REMOVED(name));
      assert.deepEqual(await store.list(), []);
    });
  }

  test('a name that is sent twice is none', async (t) => {
    const { url, store } = await serve(t);
    const twice = ['-H', 'username: a', '-H', 'username: b', '-H', 'galleryname: test'];
    const answer = await curl(FILES, ...twice, '-F', 'image=@stranger.png', `${url}/api/register/`);
    assert.deepEqual([answer.status, answer.body], [400, required('username')]);
    assert.deepEqual(await store.list(), []);
  });

  test('a quote in a name is escaped in the answer', async (t) => {
    const { url } = await serve(t);
    const headers = { ...john, username: 'J"n\\' };
    await call(url, '/api/register/', headers, 'test-user.png');
    const answer = await call(url, '/api/remove', headers, 'test-user.png');
    assert.equal(answer.body, REMOVED('J\\"n\\\\'));
    assert.equal(JSON.parse(answer.body).message, 'subject id J"n\\ has been successfully removed');
  });
});

describe('what a caller sees and the journal keeps', { skip }, () => {
  test('answers are JSON in UTF-8, and journalled with who asked', async (t) => {
    const { url, journal, store } = await serveTestUser(t);
    const answer = await curl(FILES, '-F', 'image=@test-user.png', `${url}/api/verify`);
    assert.equal(answer.headers['content-type'], 'application/json; charset=utf-8');
    await call(url, '/api/remove', testUser, 'test-user.png');
    assert.deepEqual(
      journal.events.map(({ type, person, actor }) => ({ type, id: person?.id, actor })),
      ['person.enrolled', 'verification.succeeded', 'person.removed'].map((type) => ({
        type,
        id: 'Test User',
        actor: 'http:127.0.0.1',
      })),
    );
    assert.deepEqual(await store.list(), []);
  });

  test('the face of another person is accepted and journalled as duplicate_face', async (t) => {
    const { url, journal } = await serveTestUser(t);
    assert.equal((await call(url, '/api/register/', john, 'test-user-later.png')).body, REGISTERED);
    const { type, reason, person } = journal.events.at(-1) ?? {};
    assert.deepEqual(
      [type, reason, person],
      ['person.enrolled', 'duplicate_face', { gallery: 'test', id: 'John' }],
    );
  });

  test('one name in two galleries is recognised without a gallery; one face under two names is not', async (t) => {
    const { url } = await serveTestUser(t);
    const elsewhere = { ...testUser, galleryname: 'Elsewhere' };
    await call(url, '/api/register/', elsewhere, 'test-user-later.png');
    assert.equal((await call(url, '/api/verify', {}, 'test-user.png')).body, RECOGNISED('Test User'));
    await call(url, '/api/register/', john, 'test-user.png');
    assert.equal((await call(url, '/api/verify', {}, 'test-user.png')).body, NOT_RECOGNISED);
    const { galleryname } = testUser;
    assert.equal(
      (await call(url, '/api/verify', { galleryname }, 'test-user.png')).body,
      RECOGNISED('Test User'),
    );
  });

  test('somebody who may not pass now is not recognised', async (t) => {
    const { url, store, before } = await serveTestUser(t);
    await store.put({ ...(before[0] as Person), enabled: false });
    assert.equal((await call(url, '/api/verify', {}, 'test-user.png')).body, NOT_RECOGNISED);
  });

  test('other fields before and after the picture, another body, and no form at all', async (t) => {
    const { url, store, before } = await serveTestUser(t);
    const around = ['-F', 'a=1', '-F', 'image=@test-user.png', '-F', 'b=2'];
    assert.equal((await curl(FILES, ...around, `${url}/api/verify`)).body, RECOGNISED('Test User'));
    const named = ['-H', 'username: John', '-H', 'galleryname: test'];
    for (const [body, answer] of [
      [['--json', '{"image":"file"}'], required('image')],
      [['-d', 'image=file'], required('image')],
      [['-F', 'picture=@stranger.png'], required('image')],
      [['-F', 'image='], required('image')],
      [['-F', 'image=text'], failed('Image illisible')],
      [['-F', 'image=@stranger.png', '-F', 'image=@stranger.png'], failed('Image illisible')],
      [
        ['-H', 'content-type: multipart/form-data; boundary=x', '-d', 'no boundary'],
        failed('Image illisible'),
      ],
    ] as const) {
      const { status, body: text } = await curl(FILES, ...named, ...body, `${url}/api/register/`);
      assert.deepEqual([status, text], [400, answer], body.join(' '));
    }
    assert.deepEqual(await store.list(), before);
  });

  test('a terminal may verify only; a refusal has the shape of the document', async (t) => {
    const clients = [{ cidr: '127.0.0.1', role: 'terminal' as const }];
    const { url, store, enrolment } = await serve(t, { settings: { clients } });
    const person = { gallery: 'Test', id: 'Test User' };
    await enrolment.enrol({ person, image: FILES['test-user.png'], actor: 'cli' });
    assert.equal((await call(url, '/api/verify', {}, 'test-user.png')).body, RECOGNISED('Test User'));
    const refusal = failed('127.0.0.1 is listed as terminal; technician may do this');
    for (const path of ['/api/register/', '/api/remove']) {
      assert.deepEqual(await call(url, path, testUser, 'test-user.png'), { status: 403, body: refusal });
    }
    assert.equal((await store.list()).length, 1);
  });

  test('a viewer may do nothing here', async (t) => {
    const clients = [{ cidr: '127.0.0.1', role: 'viewer' as const }];
    const { url } = await serve(t, { settings: { clients } });
    assert.equal((await call(url, '/api/verify', {}, 'test-user.png')).status, 403);
  });

  test('a store that fails answers 500 in the shape of the document, and nothing is claimed', async (t) => {
    const { url, store, before, journal } = await serveTestUser(t);
    const events = journal.events.length;
    const fault = async () => {
      throw new LimenError('store_fault', 'no space left on the disk');
    };
    Object.assign(store, { create: fault, remove: fault });
    const answer = { status: 500, body: failed('no space left on the disk') };
    assert.deepEqual(await call(url, '/api/register/', john, 'stranger.png'), answer);
    assert.deepEqual(await call(url, '/api/remove', testUser, 'test-user.png'), answer);
    assert.deepEqual(await store.list(), before);
    assert.equal(journal.events.length, events);
  });

  test('when the queue is full the answer is 503 with Retry-After', async (t) => {
    const { url, analyser, admission } = await serve(t, { maxWaiting: 0 });
    let open: () => void = () => {};
    analyser.gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const first = call(url, '/api/register/', john, 'test-user.png');
    while (admission.counts.running === 0) await new Promise((resolve) => setImmediate(resolve));
    const busy = await curl(FILES, '-F', 'image=@test-user.png', `${url}/api/verify`);
    assert.equal(busy.status, 503);
    assert.match(busy.headers['retry-after'] ?? '', /^\d+$/);
    assert.deepEqual(Object.keys(JSON.parse(busy.body)), ['status', 'message']);
    open();
    assert.equal((await first).body, REGISTERED);
  });
});
