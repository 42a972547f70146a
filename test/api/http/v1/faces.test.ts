import assert from 'node:assert/strict';
import { test } from 'node:test';
import { picture } from '../../../fixtures/coloured-faces.ts';
import { form, serve } from '../serving.ts';

type Json = Record<string, unknown>;

async function call(url: string, method = 'GET', json?: unknown) {
  const response = await fetch(url, {
    method,
    ...(json !== undefined && {
      body: JSON.stringify(json),
      headers: { 'content-type': 'application/json' },
    }),
  });
  const text = await response.text();
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Json };
}

async function enrol(url: string, options: { person: number; view?: number; path?: string; key?: string }) {
  const { key, path = 'default/anna', ...face } = options;
  const response = await fetch(`${url}/v1/people/${path}/faces`, {
    method: 'POST',
    body: form(['image', await picture(face), 'a.png']),
    ...(key !== undefined && { headers: { 'idempotency-key': key } }),
  });
  return {
    status: response.status,
    replayed: response.headers.get('idempotent-replayed'),
    body: (await response.json()) as Json,
  };
}

test('faces one by one; whoever loses the last one stays and can be enrolled again', async (t) => {
  const { url, journal, store } = await serve(t);
  for (const view of [0, 2]) await enrol(url, { person: 1, view });
  const anna = `${url}/v1/people/default/anna`;
  const ids = async () => ((await call(`${anna}/faces`)).body.faces as Json[]).map(({ faceId }) => faceId);
  assert.deepEqual(await ids(), ['1', '2']);
  assert.equal((await call(`${anna}/faces/3`, 'DELETE')).status, 404);
  assert.equal((await call(`${anna}/faces/1`, 'DELETE')).status, 204);
  assert.deepEqual(await ids(), ['2']);
  assert.equal((await call(`${anna}/faces/2`, 'DELETE')).status, 204);
  assert.deepEqual(await ids(), []);
  assert.equal((await call(anna)).status, 200);
  // nothing to compare with: nobody is recognised, and another face may be enrolled
  assert.equal((await enrol(url, { person: 2 })).status, 201);
  assert.equal((await store.list()).length, 1);
  assert.deepEqual(
    journal.events.map(({ type, reason, actor }) => [type, reason, actor]),
    [
      ['person.enrolled', undefined, 'http:127.0.0.1'],
      ['person.enrolled', undefined, 'http:127.0.0.1'],
      ['person.changed', 'face_removed', 'http:127.0.0.1'],
      ['person.changed', 'face_removed', 'http:127.0.0.1'],
      ['person.enrolled', undefined, 'http:127.0.0.1'],
    ],
  );
  assert.equal((await call(`${url}/v1/people/default/nobody/faces`)).status, 404);
  assert.equal((await call(`${url}/v1/people/default/nobody/faces/1`, 'DELETE')).status, 404);
});

test('name and validity: set as a whole, changed in part, journalled where something changed', async (t) => {
  const { url, journal } = await serve(t);
  await enrol(url, { person: 1 });
  const anna = `${url}/v1/people/default/anna`;
  const [from, until] = ['2030-01-01T00:00:00Z', '2031-01-01T00:00:00+01:00'];
  const put = await call(anna, 'PUT', { name: 'Anna', validFrom: from, validUntil: until });
  assert.deepEqual(
    [put.status, put.body.name, put.body.enabled, put.body.validFrom, put.body.validUntil],
    [200, 'Anna', true, from, until],
  );
  assert.equal((put.body.faces as Json[]).length, 1);
  assert.deepEqual((await call(anna, 'PATCH', {})).body, put.body);
  assert.equal((await call(anna, 'PATCH', { enabled: false })).body.enabled, false);
  const patched = await call(anna, 'PATCH', { name: null, validUntil: null });
  assert.deepEqual(
    ['name' in patched.body, patched.body.validFrom, 'validUntil' in patched.body, patched.body.enabled],
    [false, from, false, false],
  );
  const again = await call(anna, 'PUT', {});
  assert.deepEqual(['validFrom' in again.body, again.body.enabled], [false, true]);
  assert.deepEqual(
    journal.events.slice(1).map(({ type, reason }) => `${type} ${reason}`),
    ['validity', 'disabled', 'validity', 'enabled'].map((reason) => `person.changed ${reason}`),
  );
  const created = await call(`${url}/v1/people/guests/zub`, 'PUT', { name: 'Zub' });
  assert.deepEqual([created.status, created.body.faces], [201, []]);
  assert.deepEqual((await call(`${url}/v1/galleries`)).body, {
    galleries: [
      { gallery: 'default', people: 1, faces: 1 },
      { gallery: 'guests', people: 1, faces: 0 },
    ],
  });
  assert.equal((await call(`${url}/v1/people/guests/nobody`, 'PATCH', {})).status, 404);
});

test('a change that is of no use changes nothing', async (t) => {
  const { url, store } = await serve(t);
  await enrol(url, { person: 1 });
  const before = await store.list();
  for (const body of [
    { enabled: 'no' },
    { enabled: null },
    { enabled: 0 },
    { name: '' },
    { name: 'x'.repeat(201) },
    { validFrom: 'tomorrow' },
    { validFrom: '2031-01-01T00:00:00Z', validUntil: '2031-01-01T00:00:00Z' },
    { faces: [] },
    { gallery: 'other' },
    [],
    'text',
  ]) {
    for (const method of ['PUT', 'PATCH']) {
      const answer = await call(`${url}/v1/people/default/anna`, method, body);
      assert.equal(answer.status, 400, `${method} ${JSON.stringify(body)}`);
    }
  }
  assert.equal((await call(`${url}/v1/people/a%2Fb/x`, 'PUT', {})).status, 400);
  assert.deepEqual(await store.list(), before);
});

test('the same key and body: one enrolment, and the same answer', async (t) => {
  const { url, store } = await serve(t);
  const first = await enrol(url, { person: 1, key: 'k1' });
  assert.deepEqual([first.status, first.replayed], [201, null]);
  const second = await enrol(url, { person: 1, key: 'k1' });
  assert.deepEqual(second, { ...first, replayed: 'true' });
  assert.equal((await store.list())[0]?.faces.length, 1);
  const other = await enrol(url, { person: 1, view: 3, key: 'k2' });
  assert.equal(other.body.faceId, '2');
  assert.deepEqual(await enrol(url, { person: 1, key: 'k1' }), second);
});

test('the same key with another body, or for somebody else, enrols nobody', async (t) => {
  const { url, store } = await serve(t);
  await enrol(url, { person: 1, key: 'k' });
  for (const request of [
    { person: 1, view: 3, key: 'k' },
    { person: 1, path: 'default/zub', key: 'k' },
  ]) {
    const { status, body } = await enrol(url, request);
    assert.deepEqual([status, body.code], [422, 'bad_request']);
  }
  const people = await store.list();
  assert.deepEqual([people.length, people[0]?.faces.length], [1, 1]);
  for (const key of ['a b', 'x'.repeat(256)]) {
    assert.equal((await enrol(url, { person: 2, path: 'default/x', key })).status, 400);
  }
});
