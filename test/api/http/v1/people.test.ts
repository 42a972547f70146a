import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pageOf } from '../../../../src/api/http/v1/page.ts';
import { LimenError } from '../../../../src/core/errors.ts';
import type { Person } from '../../../../src/core/person.ts';
import { type PaintedFace, picture } from '../../../fixtures/coloured-faces.ts';
import { form, serve } from '../serving.ts';

type Json = Record<string, unknown>;

async function call(url: string, method = 'GET', body?: FormData) {
  const response = await fetch(url, { method, ...(body && { body }) });
  const text = await response.text();
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Json };
}

async function enrol(url: string, path: string, ...faces: PaintedFace[]) {
  return call(`${url}/v1/people/${path}`, 'POST', form(['image', await picture(...faces), 'a.png']));
}

const TIME = '2030-01-01T00:00:00.000Z';
const FACE = { modelId: 'painted', quality: 0.9, liveness: 'not_assessed', createdAt: TIME };
const ANNA = { gallery: 'default', id: 'anna', name: 'Anna', createdAt: TIME, enabled: true };

test('enrol, read, add a face, list, delete', async (t) => {
  const { url, journal } = await serve(t);
  const first = await enrol(url, 'default/anna/faces?name=Anna', { person: 1 });
  const person = { ...ANNA, faces: [{ faceId: '1', ...FACE }] };
  assert.deepEqual(first, { status: 201, body: { person, faceId: '1' } });
  const second = await enrol(url, 'default/anna/faces/', { person: 1, view: 4 });
  assert.equal(second.body.faceId, '2');
  const both = { ...person, faces: [...person.faces, { faceId: '2', ...FACE }] };
  assert.deepEqual(await call(`${url}/v1/people/default/anna`), { status: 200, body: both });
  assert.deepEqual(await call(`${url}/v1/people/`), { status: 200, body: { people: [both] } });
  assert.deepEqual(await call(`${url}/v1/people?gallery=other`), { status: 200, body: { people: [] } });
  assert.deepEqual(await call(`${url}/v1/people/default/anna`, 'DELETE'), { status: 204, body: {} });
  assert.equal((await call(`${url}/v1/people/default/anna`, 'DELETE')).status, 404);
  const gone = await call(`${url}/v1/people/default/anna`);
  assert.deepEqual([gone.status, gone.body.code], [404, 'not_found']);
  assert.deepEqual(
    journal.events.map(({ type, actor }) => `${type} ${actor}`),
    ['person.enrolled', 'person.enrolled', 'person.removed'].map((type) => `${type} http:127.0.0.1`),
  );
});

test('a validity that comes with the picture is kept, and one that is no instant is refused', async (t) => {
  const { url, store } = await serve(t);
  const send = async (query: Record<string, string>) =>
    fetch(`${url}/v1/people/default/anna/faces?${new URLSearchParams(query)}`, {
      method: 'POST',
      body: form(['image', await picture({ person: 1 }), 'anna.png']),
    });
  assert.equal((await send({ validUntil: 'next year' })).status, 400);
  const validity = { validFrom: '2030-01-01T00:00:00+01:00', validUntil: '2031-01-01T00:00:00Z' };
  assert.equal((await send(validity)).status, 201);
  const { validFrom, validUntil } = (await store.list())[0] ?? {};
  assert.deepEqual({ validFrom, validUntil }, validity);
});

test('galleries and ids are any text, encoded in the path', async (t) => {
  const { url, store } = await serve(t);
  const path = `${encodeURIComponent('équipe')}/${encodeURIComponent('a/b ü%李')}`;
  assert.equal((await enrol(url, `${path}/faces`, { person: 1 })).status, 201);
  assert.deepEqual(
    (await store.list()).map(({ gallery, id }) => [gallery, id]),
    [['équipe', 'a/b ü%李']],
  );
  assert.equal((await call(`${url}/v1/people/${path}`)).status, 200);
});

const refusals: [
  what: string,
  body: () => Promise<FormData | undefined>,
  status: number,
  code: string,
  detail: RegExp,
][] = [
  ['no body', async () => undefined, 400, 'bad_request', /multipart file "image"; it is missing/],
  ['an empty file', async () => form(['image', '', 'a.png']), 400, 'bad_request', /it is empty/],
  ['a text', async () => form(['image', 'hello', 'a.png']), 415, 'image_refused', /./],
  [
    'a broken picture',
    async () => form(['image', (await picture({ person: 1 })).subarray(0, 90), 'a.png']),
    422,
    'image_refused',
    /./,
  ],
  [
    'too many bytes',
    async () => form(['image', new Uint8Array(300_000), 'a.png']),
    413,
    'too_large',
    /at most 200000/,
  ],
  ['no face', async () => form(['image', await picture(), 'a.png']), 422, 'no_face', /no face/],
  [
    'several faces',
    async () => form(['image', await picture({ person: 1 }, { person: 2 }), 'a.png']),
    422,
    'several_faces',
    /2 faces/,
  ],
  [
    'a face that is too far',
    async () => form(['image', await picture({ person: 1, sizePx: 40 }), 'a.png']),
    422,
    'low_quality',
    /too far: 20 px between the eyes, 24 needed/,
  ],
];
for (const [what, body, status, code, detail] of refusals) {
  test(`${what} → ${status} ${code}, with advice, and nobody enrolled`, async (t) => {
    const { url, store } = await serve(t);
    const answer = await call(`${url}/v1/people/default/x/faces`, 'POST', await body());
    assert.deepEqual([answer.status, answer.body.status, answer.body.code], [status, status, code]);
    assert.match(String(answer.body.detail), detail);
    assert.ok(String(answer.body.advice).length > 10);
    assert.deepEqual(await store.list(), []);
  });
}

test('a known face under another id, and another face under a known id: 409 unless forced', async (t) => {
  const { url } = await serve(t);
  await enrol(url, 'default/anna/faces', { person: 1 });
  const twin = await enrol(url, 'default/twin/faces', { person: 1 });
  assert.deepEqual(
    [twin.status, twin.body.code, twin.body.other],
    [409, 'duplicate_face', { gallery: 'default', id: 'anna' }],
  );
  const forced = await enrol(url, 'default/twin/faces?force=true', { person: 1 });
  assert.deepEqual([forced.status, forced.body.duplicateOf], [201, { gallery: 'default', id: 'anna' }]);
  const other = await enrol(url, 'default/anna/faces', { person: 2 });
  assert.deepEqual([other.status, other.body.code], [409, 'different_face']);
  assert.equal((await enrol(url, 'default/anna/faces?force=1', { person: 2 })).status, 400);
});

test('a store that fails is a 500 that says so', async (t) => {
  const { url, store } = await serve(t);
  store.create = async () => {
    throw new LimenError('store_fault', 'no space left');
  };
  const answer = await enrol(url, 'default/anna/faces', { person: 1 });
  assert.deepEqual(
    [answer.status, answer.body.code, answer.body.detail],
    [500, 'store_fault', 'no space left'],
  );
});

test('viewers read and may not write; templates are never in an answer', async (t) => {
  const { url, store, enrolment } = await serve(t, {
    settings: { clients: [{ cidr: '127.0.0.1', role: 'viewer' }] },
  });
  const person = { gallery: 'default', id: 'a' };
  await enrolment.enrol({ person, image: await picture({ person: 1 }), actor: 'cli' });
  assert.equal((await enrol(url, 'default/b/faces', { person: 2 })).status, 403);
  assert.equal((await call(`${url}/v1/people/default/a`, 'DELETE')).status, 403);
  const list = await call(`${url}/v1/people`);
  assert.equal(list.status, 200);
  assert.doesNotMatch(JSON.stringify(list.body), /embedding/);
  assert.equal((await store.list()).length, 1);
});

test('pages follow one another without gap or repetition, though people come and go', async (t) => {
  const { url, store } = await serve(t);
  const add = (id: string) => store.put({ gallery: 'g', id, createdAt: '', enabled: true, faces: [] });
  for (const id of ['d', 'a', 'c', 'e', 'b']) await add(id);
  const page = async (after?: unknown) => {
    const { body } = await call(`${url}/v1/people?limit=2${after ? `&after=${after}` : ''}`);
    return { ids: (body.people as Person[]).map(({ id }) => id).join(''), next: body.next };
  };
  const first = await page();
  assert.equal(first.ids, 'ab');
  await store.remove({ gallery: 'g', id: 'b' });
  await add('aa');
  const second = await page(first.next);
  assert.equal(second.ids, 'cd');
  const third = await page(second.next);
  assert.deepEqual(third, { ids: 'e', next: undefined });
  for (const query of ['limit=0', 'limit=1001', 'limit=x', 'after=!!!', 'gallery=']) {
    assert.equal((await call(`${url}/v1/people?${query}`)).status, 400, query);
  }
});

test('a page is what sorting everybody would give', () => {
  const people = Array.from({ length: 500 }, (_, i) => ({
    gallery: `g${i % 3}`,
    id: `${(i * 7919) % 500}`,
    createdAt: '',
    enabled: true,
    faces: [],
  }));
  const sorted = people.map(({ gallery, id }) => `${gallery}/${id}`).sort();
  const seen: string[] = [];
  for (let next: string | undefined, more = true; more; ) {
    const page = pageOf(people, { limit: 37, ...(next !== undefined && { after: next }) });
    seen.push(...page.people.map(({ gallery, id }) => `${gallery}/${id}`));
    next = page.next;
    more = next !== undefined;
  }
  assert.deepEqual(seen, sorted);
});
