import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, type TestContext, test } from 'node:test';
import { LimenError } from '../../../../src/core/errors.ts';
import type { ClipDecoder } from '../../../../src/core/ports/media.ts';
import { type PaintedFace, paintedImage, picture } from '../../../fixtures/coloured-faces.ts';
import { assertNothingChanged, curl, form, type ServingOptions, serve } from '../serving.ts';

const ENROLLED = '{"trained":"success","EnrollStatus":"APPROVED","DecisionReason":"ENROLLED_AS_USER"}';
const rejected = (reason: string) =>
  `{"trained":"failed","EnrollStatus":"REJECTED","DecisionReason":"${reason}"}`;
const approved = (score: string) =>
  `{"score":${score},"Decision":"APPROVED","DecisionReason":"AUTHENTIFICATION_SUCCESS"}`;
const denied = (reason: string) => `{"score":null,"Decision":"REJECTED","DecisionReason":"${reason}"}`;

const brahim = await picture({ person: 1 });
const brahimLater = await picture({ person: 1, view: 3 });
const stranger = await picture({ person: 2 });
const nobody = await picture();
const MP4 = Buffer.from('\0\0\0\x18ftypisom\0\0\0\0', 'latin1');
const noise = Buffer.from('this is no picture');
const skip = spawnSync('curl', ['--version']).status === 0 ? false : 'curl is not installed';

/** `brahim` is enrolled. */
async function serveBrahim(t: TestContext, options: ServingOptions = {}) {
  const serving = await serve(t, options);
  const answer = await post(`${serving.url}/api/enroll?username=brahim`, form(['cin_file', brahim, 'b.png']));
  assert.deepEqual(answer, { status: 200, body: ENROLLED });
  return { ...serving, before: await serving.store.list() };
}

async function post(url: string, body?: FormData | string, headers?: Record<string, string>) {
  const response = await fetch(url, { method: 'POST', body: body ?? null, ...(headers && { headers }) });
  return { status: response.status, body: await response.text() };
}

function clip(...frames: PaintedFace[][]): ClipDecoder {
  return {
    decode: async () => ({
      ok: true,
      frames: frames.map((faces, i) => ({ ...paintedImage(...faces), atS: i / 10 })),
    }),
  };
}

describe("the document's own curl lines, with the address alone replaced", { skip }, () => {
  const files = { 'brahim.jpeg': brahim, 'brahim.mp4': brahimLater };

  test('enrol, authenticate with a still that is called a video, reset', async (t) => {
    const { url } = await serve(t);
    const enroll = await curl(
      files,
      '-X',
      'POST',
      '-F',
      'cin_file=@brahim.jpeg',
      `${url}/api/enroll?username=brahim`,
    );
    assert.deepEqual([enroll.status, enroll.body], [200, ENROLLED]);
    assert.equal(enroll.headers['content-type'], 'application/json; charset=utf-8');
    const auth = await curl(
      files,
      ...['-X', 'POST', '-F', 'auth_video=@brahim.mp4', `${url}/api/authentificate?username=brahim`],
    );
    assert.deepEqual([auth.status, auth.body], [200, approved('0.9191')]);
    const reset = await curl(files, '-X', 'POST', `${url}/api/reset`);
    assert.deepEqual([reset.status, reset.body], [200, '{"code":200,"msg":"DONE"}']);
    const after = await curl(
      files,
      ...['-X', 'POST', '-F', 'auth_video=@brahim.mp4', `${url}/api/authentificate?username=brahim`],
    );
    assert.deepEqual([after.status, after.body], [200, denied('UNKNOWN_USERNAME')]);
  });

  test('a username that curl sends as raw UTF-8 is the same as the percent-encoded one', async (t) => {
    const { url, store } = await serve(t);
    const raw = await curl(files, '-F', 'cin_file=@brahim.jpeg', `${url}/api/enroll?username=Zoë李`);
    assert.equal(raw.body, ENROLLED);
    assert.deepEqual(
      (await store.list()).map(({ gallery, id }) => `${gallery}/${id}`),
      ['default/Zoë李'],
    );
    const again = await post(
      `${url}/api/enroll?username=${encodeURIComponent('Zoë李')}`,
      form(['cin_file', brahim, 'b.png']),
    );
    assert.equal(again.body, rejected('DUPLICATE_USERNAME'));
  });

  test('an empty file and an empty field', async (t) => {
    const { url } = await serve(t);
    const empty = { 'empty.jpeg': Buffer.alloc(0) };
    const file = await curl(empty, '-F', 'cin_file=@empty.jpeg', `${url}/api/enroll?username=a`);
    assert.deepEqual([file.status, file.body], [400, rejected('EMPTY_CIN_FILE')]);
    const field = await curl(empty, '-F', 'cin_file=', `${url}/api/enroll?username=a`);
    assert.deepEqual([field.status, field.body], [400, rejected('EMPTY_CIN_FILE')]);
    const none = await curl(empty, '-X', 'POST', `${url}/api/enroll?username=a`);
    assert.deepEqual([none.status, none.body], [400, rejected('MISSING_CIN_FILE')]);
  });
});

type Row = [what: string, query: string, body: FormData | string | undefined, status: number, answer: string];

const ENROLL: Row[] = [
  ['a new user', '?username=new', form(['cin_file', stranger, 'c.png']), 200, ENROLLED],
  [
    'a card with a ghost portrait',
    '?username=card',
    form(['cin_file', await picture({ person: 3, sizePx: 30 }, { person: 4 }), 'c.png']),
    200,
    ENROLLED,
  ],
  [
    'the same face as another user',
    '?username=twin',
    form(['cin_file', brahimLater, 'c.png']),
    200,
    ENROLLED,
  ],
  ['no username', '', form(['cin_file', stranger, 'c.png']), 400, rejected('MISSING_USERNAME')],
  ['an empty username', '?username=', form(['cin_file', stranger, 'c.png']), 400, rejected('EMPTY_USERNAME')],
  [
    'a blank username',
    '?username=%20%09',
    form(['cin_file', stranger, 'c.png']),
    400,
    rejected('EMPTY_USERNAME'),
  ],
  [
    'two usernames',
    '?username=a&username=b',
    form(['cin_file', stranger, 'c.png']),
    400,
    rejected('MISSING_USERNAME'),
  ],
  [
    'a username with a control character',
    '?username=a%00b',
    form(['cin_file', stranger, 'c.png']),
    400,
    rejected('INVALID_USERNAME'),
  ],
  ['neither username nor file', '', undefined, 400, rejected('MISSING_USERNAME')],
  ['no body', '?username=new', undefined, 400, rejected('MISSING_CIN_FILE')],
  ['a body that is no form', '?username=new', 'cin_file=abc', 400, rejected('MISSING_CIN_FILE')],
  ['a form without the file', '?username=new', form(['other', 'x']), 400, rejected('MISSING_CIN_FILE')],
  [
    'the file under another name',
    '?username=new',
    form(['auth_video', stranger, 'c.png']),
    400,
    rejected('MISSING_CIN_FILE'),
  ],
  [
    'an empty file',
    '?username=new',
    form(['cin_file', new Uint8Array(), 'c.png']),
    400,
    rejected('EMPTY_CIN_FILE'),
  ],
  [
    'a text instead of a picture',
    '?username=new',
    form(['cin_file', noise, 'c.png']),
    200,
    rejected('UNREADABLE_CIN_FILE'),
  ],
  [
    'half a picture',
    '?username=new',
    form(['cin_file', stranger.subarray(0, 90), 'c.png']),
    200,
    rejected('UNREADABLE_CIN_FILE'),
  ],
  ['a clip', '?username=new', form(['cin_file', MP4, 'c.mp4']), 200, rejected('UNREADABLE_CIN_FILE')],
  [
    'an enrolled username',
    '?username=brahim',
    form(['cin_file', stranger, 'c.png']),
    200,
    rejected('DUPLICATE_USERNAME'),
  ],
  [
    'a picture without a face',
    '?username=new',
    form(['cin_file', nobody, 'c.png']),
    200,
    rejected('NO_FACE_DETECTED'),
  ],
  [
    'a face that cannot be recognised from',
    '?username=new',
    form(['cin_file', await picture({ person: 3, flaw: 'not_embedded' }), 'c.png']),
    200,
    rejected('NO_FACE_DETECTED'),
  ],
  [
    'two files',
    '?username=new',
    form(['cin_file', stranger, 'c.png'], ['cin_file', stranger, 'd.png']),
    400,
    rejected('UNREADABLE_CIN_FILE'),
  ],
  [
    'a file that is too large',
    '?username=new',
    form(['cin_file', new Uint8Array(210_000), 'c.png']),
    413,
    rejected('UNREADABLE_CIN_FILE'),
  ],
  [
    'a body that is far too large',
    '?username=new',
    form(['cin_file', new Uint8Array(900_000), 'c.png']),
    413,
    rejected('UNREADABLE_CIN_FILE'),
  ],
];

const AUTH: Row[] = [
  ['the same picture', '?username=brahim', form(['auth_video', brahim, 'v.mp4']), 200, approved('1')],
  [
    'another picture of the same face',
    '?username=brahim',
    form(['auth_video', brahimLater, 'v.mp4']),
    200,
    approved('0.9191'),
  ],
  ['no username', '', form(['auth_video', brahim, 'v.mp4']), 400, denied('MISSING_USERNAME')],
  ['an empty username', '?username=', form(['auth_video', brahim, 'v.mp4']), 400, denied('EMPTY_USERNAME')],
  ['no body', '?username=brahim', undefined, 400, denied('MISSING_AUTH_VIDEO')],
  [
    'the file under another name',
    '?username=brahim',
    form(['cin_file', brahim, 'v.mp4']),
    400,
    denied('MISSING_AUTH_VIDEO'),
  ],
  [
    'an empty file',
    '?username=brahim',
    form(['auth_video', new Uint8Array(), 'v.mp4']),
    400,
    denied('EMPTY_AUTH_VIDEO'),
  ],
  ['a text', '?username=brahim', form(['auth_video', noise, 'v.mp4']), 200, denied('UNREADABLE_AUTH_VIDEO')],
  [
    'a clip, without ffmpeg',
    '?username=brahim',
    form(['auth_video', MP4, 'v.mp4']),
    200,
    denied('UNREADABLE_AUTH_VIDEO'),
  ],
  [
    'an unknown username',
    '?username=nobody',
    form(['auth_video', brahim, 'v.mp4']),
    200,
    denied('UNKNOWN_USERNAME'),
  ],
  ['another face', '?username=brahim', form(['auth_video', stranger, 'v.mp4']), 200, denied('FACE_MISMATCH')],
  ['no face', '?username=brahim', form(['auth_video', nobody, 'v.mp4']), 200, denied('NO_FACE_DETECTED')],
  [
    'a still above the limit of stills',
    '?username=brahim',
    form(['auth_video', new Uint8Array(210_000), 'v.mp4']),
    413,
    denied('UNREADABLE_AUTH_VIDEO'),
  ],
  [
    'a file above the limit of clips',
    '?username=brahim',
    form(['auth_video', new Uint8Array(401_000), 'v.mp4']),
    413,
    denied('UNREADABLE_AUTH_VIDEO'),
  ],
];

for (const [path, rows] of [
  ['/api/enroll', ENROLL],
  ['/api/authentificate', AUTH],
] as const) {
  describe(`POST ${path}, every answer with and without the trailing slash`, () => {
    for (const slash of ['', '/']) {
      for (const [what, query, body, status, answer] of rows) {
        test(`${path}${slash}: ${what} → ${status} ${answer}`, async (t) => {
          const { url, store, before, journal } = await serveBrahim(t);
          const events = journal.events.length;
          assert.deepEqual(await post(`${url}${path}${slash}${query}`, body), { status, body: answer });
          if (answer === ENROLLED) return;
          await assertNothingChanged({ store, journal, before, events });
        });
      }
    }
  });
}

test('a clip is judged over its frames', async (t) => {
  const [me, other] = [[{ person: 1 }], [{ person: 2 }]];
  const yes = await serveBrahim(t, { clips: clip(me, me, [], other, me) });
  const body = () => form(['auth_video', MP4, 'v.mp4']);
  const path = '/api/authentificate?username=brahim';
  assert.deepEqual(await post(yes.url + path, body()), { status: 200, body: approved('1') });
  const no = await serveBrahim(t, { clips: clip(me, other, other, other) });
  assert.deepEqual(await post(no.url + path, body()), { status: 200, body: denied('FACE_MISMATCH') });
});

test('the face of another user is accepted and journalled as duplicate_face; a mismatch keeps its figure', async (t) => {
  const { url, journal } = await serveBrahim(t);
  await post(`${url}/api/enroll?username=twin`, form(['cin_file', brahimLater, 'c.png']));
  const { type, reason, actor } = journal.events.at(-1) ?? {};
  assert.deepEqual(
    { type, reason, actor },
    { type: 'person.enrolled', reason: 'duplicate_face', actor: 'http:127.0.0.1' },
  );
  await post(`${url}/api/authentificate?username=brahim`, form(['auth_video', stranger, 'v.png']));
  assert.deepEqual([journal.events.at(-1)?.type, journal.events.at(-1)?.score], ['verification.failed', 0]);
});

describe('POST /api/reset', () => {
  for (const slash of ['', '/']) {
    test(`deletes everybody, in every gallery (/api/reset${slash})`, async (t) => {
      const { url, store, enrolment, journal } = await serveBrahim(t);
      const person = { gallery: 'guests', id: 'g' };
      await enrolment.enrol({ person, image: stranger, actor: 'cli' });
      assert.deepEqual(await post(`${url}/api/reset${slash}`), {
        status: 200,
        body: '{"code":200,"msg":"DONE"}',
      });
      assert.deepEqual(await store.list(), []);
      assert.deepEqual(
        [journal.events.at(-1)?.type, journal.events.at(-1)?.actor],
        ['people.reset', 'http:127.0.0.1'],
      );
    });
  }

  test('a store that fails answers 500 and deletes nobody', async (t) => {
    const { url, store, before } = await serveBrahim(t);
    store.clear = async () => {
      throw new LimenError('store_fault', 'no space left on the disk');
    };
    assert.deepEqual(await post(`${url}/api/reset`), {
      status: 500,
      body: '{"code":500,"msg":"ERROR_DETECTED : no space left on the disk"}',
    });
    assert.deepEqual(await store.list(), before);
  });

  test('only a technician may, and the refusal has the shape of the document', async (t) => {
    const clients = [{ cidr: '127.0.0.1', role: 'terminal' as const }];
    const { url, store } = await serve(t, { settings: { clients } });
    await store.put({ gallery: 'default', id: 'a', createdAt: '', enabled: true, faces: [] });
    const refused = '127.0.0.1 is listed as terminal; technician may do this';
    assert.deepEqual(await post(`${url}/api/reset`), {
      status: 403,
      body: `{"code":403,"msg":"ERROR_DETECTED : ${refused}"}`,
    });
    assert.equal((await store.list()).length, 1);
    const enroll = await post(`${url}/api/enroll?username=a`, form(['cin_file', brahim, 'b.png']));
    assert.deepEqual(enroll, { status: 403, body: rejected('FORBIDDEN') });
    const auth = await post(`${url}/api/authentificate?username=a`, form(['auth_video', brahim, 'b.png']));
    assert.deepEqual(auth, { status: 200, body: denied('UNKNOWN_USERNAME') });
  });
});

test('broken multipart is refused and changes nothing', async (t) => {
  const { url, store, before } = await serveBrahim(t);
  const type = { 'content-type': 'multipart/form-data; boundary=x' };
  const head = '--x\r\nContent-Disposition: form-data; name="cin_file"; filename="a.png"\r\n\r\n';
  for (const [body, headers] of [
    [`${head}half a file`, type],
    ['no boundary anywhere', type],
    [`${head}abc\r\n--x--\r\n`, { 'content-type': 'multipart/form-data' }],
  ] as const) {
    const answer = await post(`${url}/api/enroll?username=new`, body, headers);
    assert.deepEqual(answer, { status: 400, body: rejected('UNREADABLE_CIN_FILE') }, body);
  }
  assert.deepEqual(await store.list(), before);
});

test('when the queue is full the answer is 503 with Retry-After, in the shape of the document', async (t) => {
  const { url, analyser, admission } = await serve(t, { maxWaiting: 0 });
  let open: () => void = () => {};
  analyser.gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const first = post(`${url}/api/enroll?username=a`, form(['cin_file', brahim, 'b.png']));
  while (admission.counts.running === 0) await new Promise((resolve) => setImmediate(resolve));
  const response = await fetch(`${url}/api/enroll?username=b`, {
    method: 'POST',
    body: form(['cin_file', stranger, 'b.png']),
  });
  assert.equal(response.status, 503);
  assert.match(response.headers.get('retry-after') ?? '', /^\d+$/);
  assert.equal(await response.text(), rejected('BUSY'));
  open();
  assert.equal((await first).body, ENROLLED);
});
