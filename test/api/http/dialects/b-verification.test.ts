import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, type TestContext, test } from 'node:test';
import { LimenError } from '../../../../src/core/errors.ts';
import { formatPersonRef, type Person } from '../../../../src/core/person.ts';
import type { PeopleStore } from '../../../../src/core/ports/store.ts';
import { picture } from '../../../fixtures/coloured-faces.ts';
import { assertNothingChanged, curl, type ServingOptions, serve } from '../serving.ts';

const skip = spawnSync('curl', ['--version']).status === 0 ? false : 'curl is not installed';

// the answers of the documents, as they print them, white space aside
const INSERTED = '{"message":"Data inserted successfully"}';
const DELETED = '{"message":"Data deleted successfully","files_deleted":["default/user1#1"]}';
const compared = (recognition: string, verified: boolean) =>
  `{"message":"Image received successfully!","recognition":"${recognition}","verified":${verified}}`;
const error = (text: string) => `{"error":"${text}"}`;
const notVerified = (text: string) => `{"error":"${text}","verified":false}`;

const FILES = {
  'user1.png': await picture({ person: 1 }),
  'user1-later.png': await picture({ person: 1, view: 3 }),
  'user2.png': await picture({ person: 2 }),
  'stranger.png': await picture({ person: 5 }),
  'nobody.png': await picture(),
  'three.png': await picture({ person: 1 }, { person: 2 }, { person: 3 }),
  'blurred.png': await picture({ person: 1, flaw: 'not_embedded' }),
  'dark.png': await picture({ person: 5, flaw: 'dark' }),
  'text.jpg': Buffer.from('this is no picture'),
  'empty.jpg': Buffer.alloc(0),
  'large.jpg': Buffer.alloc(210_000),
  'huge.jpg': Buffer.alloc(900_000),
};

/** `user1` is registered. */
async function serveUser1(t: TestContext, options: ServingOptions = {}) {
  const serving = await serve(t, options);
  const first = await call(serving.url, 'POST /register/', 'id=user1', 'image=@user1.png');
  assert.deepEqual(first, [201, INSERTED]);
  return { ...serving, before: await serving.store.list() };
}

/** `fields` as curl's `-F` takes them; without any there is no body. */
async function call(url: string, address: string, ...fields: string[]): Promise<[number, string]> {
  const [method = '', path = ''] = address.split(' ');
  const { status, body } = await curl(
    FILES,
    ...['-X', method, ...fields.flatMap((field) => ['-F', field]), url + path],
  );
  return [status, body];
}

type Row = [what: string, fields: string[], status: number, body: string];

const DOCUMENTS: Record<string, Row[]> = {
  'POST /register/': [
    ['Success', ['id=user2', 'image=@user2.png'], 201, INSERTED],
    ['Bad Request', [], 400, error('ID and image are required')],
    ['Conflict', ['id=user1', 'image=@user2.png'], 409, error('User already exists')],
  ],
  'GET /register/': [
    [
      'Success',
      [],
      200,
      '{"message":"Hello, world!","data":[{"id":"user1","timestamp":"2030-01-01T00:00:00"}]}',
    ],
  ],
  'POST /verify/': [
    ['Success', ['id=user1', 'image=@user1-later.png'], 200, compared('user1', true)],
    ['Bad Request, nothing sent', [], 400, notVerified('Image and ID are required')],
    ['Bad Request, unknown user', ['id=user7', 'image=@user1.png'], 400, notVerified('Invalid User')],
  ],
  // the documented body of the success is asked for below: HTTP has none on a 204
  'DELETE /register/': [
    ['Success', ['id=user1'], 204, ''],
    ['Bad Request', [], 400, error('ID is required')],
    ['Not Found', ['id=user7'], 404, error('User not found')],
  ],
};

const FORMAT = 'not a picture in a format that is known here';
const TOO_LARGE = 'the file has more than 200000 bytes';

const EDGES: Record<string, Row[]> = {
  'POST /register/': [
    ['the image before the id', ['image=@user2.png', 'id=user2'], 201, INSERTED],
    ['further fields', ['a=1', 'id=user2', 'image=@user2.png', 'b=2'], 201, INSERTED],
    ['the face of another user', ['id=twin', 'image=@user1-later.png'], 201, INSERTED],
    ['no id', ['image=@user2.png'], 400, error('ID and image are required')],
    ['an empty id', ['id=', 'image=@user2.png'], 400, error('ID and image are required')],
    ['a blank id', ['id= ', 'image=@user2.png'], 400, error('ID and image are required')],
    ['no image', ['id=user2'], 400, error('ID and image are required')],
    ['an empty image', ['id=user2', 'image=@empty.jpg'], 400, error('ID and image are required')],
    ['an empty image field', ['id=user2', 'image='], 400, error('ID and image are required')],
    [
      'the image under another name',
      ['id=user2', 'photo=@user2.png'],
      400,
      error('ID and image are required'),
    ],
    ['two ids', ['id=user2', 'id=user3', 'image=@user2.png'], 400, error('id is sent more than once')],
    ['an id as JSON', ['id={"a":1};type=application/json', 'image=@user2.png'], 400, error('id is no text')],
    [
      'a long id',
      [`id=${'x'.repeat(129)}`, 'image=@user2.png'],
      400,
      error('id is longer than 128 characters'),
    ],
    ['two images', ['id=user2', 'image=@user2.png', 'image=@user2.png'], 400, error('more than one file')],
    ['a text', ['id=user2', 'image=@text.jpg'], 400, error(FORMAT)],
    ['no face', ['id=user2', 'image=@nobody.png'], 400, error('no face was found in the image')],
    ['three faces', ['id=user2', 'image=@three.png'], 400, error('3 faces were found in the image')],
    [
      'a dark face',
      ['id=user2', 'image=@dark.png'],
      400,
      error('too dark: brightness 20, 35 needed; turn to the light'),
    ],
    ['a file that is too large', ['id=user2', 'image=@large.jpg'], 413, error(TOO_LARGE)],
  ],
  'POST /verify/': [
    ['the image before the id', ['image=@user1.png', 'id=user1'], 200, compared('user1', true)],
    ['a face that nobody has', ['id=user1', 'image=@stranger.png'], 200, compared('Unknown', false)],
    ['no id', ['image=@user1.png'], 400, notVerified('Image and ID are required')],
    ['a blank id', ['id= ', 'image=@user1.png'], 400, notVerified('Image and ID are required')],
    ['no image', ['id=user1'], 400, notVerified('Image and ID are required')],
    ['an empty image', ['id=user1', 'image=@empty.jpg'], 400, notVerified('Image and ID are required')],
    ['two ids', ['id=user1', 'id=user2', 'image=@user1.png'], 400, notVerified('id is sent more than once')],
    ['a text', ['id=user1', 'image=@text.jpg'], 400, notVerified(FORMAT)],
    ['no face', ['id=user1', 'image=@nobody.png'], 400, notVerified('no face was found in the image')],
    ['three faces', ['id=user1', 'image=@three.png'], 400, notVerified('3 faces were found in the image')],
    [
      'a face that cannot be compared',
      ['id=user1', 'image=@blurred.png'],
      400,
      notVerified('the face is too dark, too small, blurred or turned away'),
    ],
    ['a file that is too large', ['id=user1', 'image=@large.jpg'], 413, notVerified(TOO_LARGE)],
  ],
  'DELETE /register/': [
    ['an empty id', ['id='], 400, error('ID is required')],
    ['a blank id', ['id= '], 400, error('ID is required')],
    ['an id that cannot be', [`id=${'x'.repeat(300)}`], 404, error('User not found')],
    ['two ids', ['id=user1', 'id=user2'], 400, error('id is sent more than once')],
    ['an image besides', ['id=user1', 'image=@user1.png'], 204, ''],
  ],
};

for (const [title, tables] of [
  ["every answer of the documents, under the documents' own headings", DOCUMENTS],
  ['what the documents leave open', EDGES],
] as const) {
  describe(title, { skip }, () => {
    for (const [path, rows] of Object.entries(tables)) {
      for (const address of [path, path.replace(/\/$/, '')]) {
        for (const [what, fields, status, body] of rows) {
          test(`${address}: ${what} → ${status} ${body}`, async (t) => {
            const { url, store, before, journal } = await serveUser1(t);
            const events = journal.events.length;
            assert.deepEqual(await call(url, address, ...fields), [status, body]);
            if (status === 201 || status === 204) return;
            await assertNothingChanged({ store, journal, before, events });
          });
        }
      }
    }
  });
}

describe('500, with a message that describes the issue', { skip }, () => {
  const broken = (store: PeopleStore) => {
    const fault = async () => {
      throw new LimenError('store_fault', 'no space left on the disk');
    };
    Object.assign(store, { get: fault, list: fault, create: fault, remove: fault });
  };
  for (const [address, fields, body] of [
    ['POST /register/', ['id=user2', 'image=@user2.png'], error('no space left on the disk')],
    ['GET /register/', [], error('no space left on the disk')],
    ['POST /verify/', ['id=user1', 'image=@user1.png'], notVerified('no space left on the disk')],
    ['DELETE /register/', ['id=user1'], error('no space left on the disk')],
  ] as const) {
    test(address, async (t) => {
      const { url, store, journal } = await serveUser1(t);
      const events = journal.events.length;
      broken(store);
      assert.deepEqual(await call(url, address, ...fields), [500, body]);
      assert.equal(journal.events.length, events);
    });
  }
});

describe('registered users', { skip }, () => {
  test("the document's own list: times in UTC without fractions, in order of registration", async (t) => {
    const { url, store, before } = await serveUser1(t);
    const user = { ...(before[0] as Person), createdAt: '2023-07-23T12:34:56.000Z' };
    await store.put(user);
    await store.put({ ...user, id: 'user2', createdAt: '2023-07-23T14:34:56.789+02:00' });
    assert.equal(
      (await call(url, 'GET /register/'))[1],
      '{"message":"Hello, world!","data":[{"id":"user1","timestamp":"2023-07-23T12:34:56"},{"id":"user2","timestamp":"2023-07-23T12:34:56"}]}',
    );
  });

  test('other galleries and people without a face are no users: neither listed nor deleted, nor in the way', async (t) => {
    const { url, store, before } = await serveUser1(t);
    const user1 = before[0] as Person;
    await store.put({ ...user1, id: 'faceless', faces: [] });
    await store.put({ ...user1, gallery: 'guests', id: 'guest' });
    const [, list] = await call(url, 'GET /register/');
    assert.deepEqual(
      JSON.parse(list).data.map(({ id }: { id: string }) => id),
      ['user1'],
    );
    for (const id of ['faceless', 'guest']) {
      assert.deepEqual(await call(url, 'DELETE /register/', `id=${id}`), [404, error('User not found')]);
      assert.deepEqual(await call(url, 'POST /register/', `id=${id}`, 'image=@stranger.png'), [
        201,
        INSERTED,
      ]);
    }
    assert.deepEqual((await store.list()).map(formatPersonRef).sort(), [
      'default/faceless',
      'default/guest',
      'default/user1',
      'guests/guest',
    ]);
  });

  test('nobody', async (t) => {
    const { url } = await serve(t);
    assert.deepEqual(await call(url, 'GET /register/'), [200, '{"message":"Hello, world!","data":[]}']);
  });

  test('an id keeps its characters; the face of another user is journalled as duplicate_face', async (t) => {
    const { url, store, journal } = await serveUser1(t);
    const id = 'Zoë 李/100%41 "+"';
    // --form-string takes the value as it stands, without curl's own quoting
    const fields = ['--form-string', `id=${id}`, '-F', 'image=@user1-later.png'];
    assert.equal((await curl(FILES, ...fields, `${url}/register/`)).body, INSERTED);
    assert.deepEqual(await store.get({ gallery: 'default', id }).then((person) => person?.id), id);
    const { type, reason, person, actor } = journal.events.at(-1) ?? {};
    assert.deepEqual(
      [type, reason, person, actor],
      ['person.enrolled', 'duplicate_face', { gallery: 'default', id }, 'http:127.0.0.1'],
    );
    const [, answer] = await call(url, 'GET /register/');
    assert.equal(JSON.parse(answer).data[1].id, id);
  });

  test('only a form counts: neither query nor JSON nor urlencoded', async (t) => {
    const { url, store, before } = await serveUser1(t);
    for (const args of [['--json', '{"id":"user1"}'], ['-d', 'id=user1'], []]) {
      const answer = await curl(FILES, '-X', 'DELETE', ...args, `${url}/register/?id=user1`);
      assert.deepEqual([answer.status, answer.body], [400, error('ID is required')], args.join(' '));
    }
    const half = ['-H', 'content-type: multipart/form-data; boundary=x', '-d', '--x\r\nhalf a part'];
    const answer = await curl(FILES, ...half, `${url}/register/`);
    assert.equal(answer.status, 400);
    assert.deepEqual(Object.keys(JSON.parse(answer.body)), ['error']);
    assert.deepEqual(await store.list(), before);
  });
});

describe('verification', { skip }, () => {
  test('the best matching id is told when it is not the claimed one', async (t) => {
    const { url, store } = await serveUser1(t);
    await call(url, 'POST /register/', 'id=user2', 'image=@user2.png');
    const verify = async (id: string) =>
      (await call(url, 'POST /verify/', `id=${id}`, 'image=@user2.png'))[1];
    assert.equal(await verify('user1'), compared('user2', false));
    assert.equal(await verify('user2'), compared('user2', true));
    const user2 = (await store.get({ gallery: 'default', id: 'user2' })) as Person;
    await store.put({ ...user2, enabled: false });
    assert.equal(await verify('user1'), compared('Unknown', false));
    assert.equal(await verify('user2'), notVerified('Invalid User'));
  });

  test('an id of another gallery counts while it is the only one', async (t) => {
    const { url, enrolment } = await serveUser1(t);
    const enrol = (gallery: string) =>
      enrolment.enrol({
        person: { gallery, id: 'guest' },
        image: FILES['user2.png'],
        actor: 'cli',
        force: true,
      });
    const verify = async () => (await call(url, 'POST /verify/', 'id=guest', 'image=@user2.png'))[1];
    await enrol('guests');
    assert.equal(await verify(), compared('guest', true));
    await enrol('visitors');
    assert.equal(await verify(), notVerified('Invalid User'));
  });
});

describe('deletion', { skip }, () => {
  test('204 names what was removed in X-Files-Deleted', async (t) => {
    const { url, store, enrolment, journal } = await serveUser1(t);
    const person = { gallery: 'default', id: 'user1' };
    await enrolment.enrol({ person, image: FILES['user1-later.png'], actor: 'cli', extend: true });
    const answer = await curl(FILES, '-X', 'DELETE', '-F', 'id=user1', `${url}/register/`);
    assert.deepEqual([answer.status, answer.body], [204, '']);
    assert.equal(answer.headers['x-files-deleted'], '["default/user1#1","default/user1#2"]');
    assert.deepEqual(await store.list(), []);
    const { type, actor } = journal.events.at(-1) ?? {};
    assert.deepEqual([type, actor], ['person.removed', 'http:127.0.0.1']);
  });

  test('a name beyond ASCII is escaped in the header and plain in the body', async (t) => {
    const { url } = await serve(t);
    for (const prefer of [[], ['-H', 'Prefer: return=representation']]) {
      await call(url, 'POST /register/', 'id=Zoë 😀', 'image=@user1.png');
      const answer = await curl(FILES, '-X', 'DELETE', ...prefer, '-F', 'id=Zoë 😀', `${url}/register/`);
      const header = answer.headers['x-files-deleted'] ?? '';
      assert.equal(header, '["default/Zo\\u00eb \\ud83d\\ude00#1"]');
      assert.deepEqual(JSON.parse(header), ['default/Zoë 😀#1']);
      if (prefer.length > 0) assert.deepEqual(JSON.parse(answer.body).files_deleted, ['default/Zoë 😀#1']);
    }
  });

  for (const [prefer, status] of [
    ['return=representation', 200],
    ['Return = "representation"; a=b', 200],
    ['respond-async, wait=5, return=representation', 200],
    ['return=minimal', 204],
    ['return=minimal, return=representation', 204],
    ['representation', 204],
    ['return=representations', 204],
  ] as const) {
    test(`Prefer: ${prefer} → ${status}`, async (t) => {
      const { url, store } = await serveUser1(t);
      const args = ['-X', 'DELETE', '-H', `Prefer: ${prefer}`, '-F', 'id=user1', `${url}/register/`];
      const answer = await curl(FILES, ...args);
      assert.deepEqual([answer.status, answer.body], [status, status === 200 ? DELETED : '']);
      const applied = status === 200 ? 'return=representation' : undefined;
      assert.equal(answer.headers['preference-applied'], applied);
      assert.equal(answer.headers['x-files-deleted'], '["default/user1#1"]');
      assert.deepEqual(await store.list(), []);
    });
  }
});

describe('who may call', { skip }, () => {
  for (const [role, allowed] of [
    ['viewer', ['GET /register/']],
    ['terminal', ['GET /register/', 'POST /verify/']],
    ['technician', ['GET /register/', 'POST /verify/', 'POST /register/', 'DELETE /register/']],
  ] as const) {
    test(`a ${role}`, async (t) => {
      const { url } = await serve(t, { settings: { clients: [{ cidr: '127.0.0.1', role }] } });
      for (const address of ['GET /register/', 'POST /verify/', 'POST /register/', 'DELETE /register/']) {
        const [status, body] = await call(url, address);
        assert.equal(status !== 403, (allowed as readonly string[]).includes(address), address);
        if (status !== 403) continue;
        const keys = address === 'POST /verify/' ? ['error', 'verified'] : ['error'];
        assert.deepEqual(Object.keys(JSON.parse(body)), keys);
      }
    });
  }
});

test('a body that is far too large is refused before it is read, and a full queue answers 503', {
  skip,
}, async (t) => {
  const { url, analyser, admission, store } = await serve(t, { maxWaiting: 0 });
  const [status, body] = await call(url, 'POST /verify/', 'id=user1', 'image=@huge.jpg');
  assert.equal(status, 413);
  assert.equal(JSON.parse(body).verified, false);
  let open: () => void = () => {};
  analyser.gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const first = call(url, 'POST /register/', 'id=user1', 'image=@user1.png');
  while (admission.counts.running === 0) await new Promise((resolve) => setImmediate(resolve));
  const busy = await curl(FILES, '-F', 'id=user1', '-F', 'image=@user1.png', `${url}/verify/`);
  assert.equal(busy.status, 503);
  assert.match(busy.headers['retry-after'] ?? '', /^\d+$/);
  assert.equal(JSON.parse(busy.body).verified, false);
  assert.deepEqual(await store.list(), []);
  open();
  assert.deepEqual(await first, [201, INSERTED]);
});
