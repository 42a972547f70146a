import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type PaintedFace, picture } from '../../../fixtures/coloured-faces.ts';
import { form, type ServingOptions, serve } from '../serving.ts';

const anna = { gallery: 'default', id: 'anna' };

async function serveAnna(t: Parameters<typeof serve>[0], options: ServingOptions = {}) {
  const serving = await serve(t, options);
  await serving.enrolment.enrol({ person: anna, image: await picture({ person: 1 }), actor: 'cli' });
  const ask = async (path: string, image?: PaintedFace[] | string) => {
    const content = typeof image === 'string' ? image : image && (await picture(...image));
    const body = content === undefined ? null : form(['image', content, 'a.png']);
    const response = await fetch(`${serving.url}/v1/${path}`, { method: 'POST', body });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  return { ...serving, ask };
}

test('verify answers yes, no, or why not', async (t) => {
  const { ask, store } = await serveAnna(t);
  assert.deepEqual(await ask('verify?id=anna', [{ person: 1, view: 3 }]), {
    status: 200,
    body: { verified: true, person: anna, score: 0.9191, liveness: 'not_assessed' },
  });
  assert.deepEqual(await ask('verify?id=anna&gallery=default', [{ person: 2 }]), {
    status: 200,
    body: { verified: false, person: anna, score: 0, liveness: 'not_assessed' },
  });
  const codes = async (path: string, image?: PaintedFace[] | string) => {
    const { status, body } = await ask(path, image);
    return [status, body.code];
  };
  assert.deepEqual(await codes('verify?id=bert', [{ person: 1 }]), [404, 'not_found']);
  assert.deepEqual(await codes('verify?id=anna&gallery=x', [{ person: 1 }]), [404, 'not_found']);
  assert.deepEqual(await codes('verify', [{ person: 1 }]), [400, 'bad_request']);
  assert.deepEqual(await codes('verify?id=anna'), [400, 'bad_request']);
  assert.deepEqual(await codes('verify?id=anna', 'text'), [415, 'image_refused']);
  assert.deepEqual(await codes('verify?id=anna', '\0\0\0\x18ftypisom'), [415, 'image_refused']);
  assert.deepEqual(await codes('verify?id=anna', []), [422, 'no_face']);
  assert.deepEqual(await codes('verify?id=anna', [{ person: 1 }, { person: 2 }]), [422, 'several_faces']);
  assert.deepEqual(await codes('verify?id=anna', [{ person: 1, flaw: 'not_embedded' }]), [
    422,
    'low_quality',
  ]);
  const person = await store.get(anna);
  if (person !== undefined) await store.put({ ...person, enabled: false });
  assert.deepEqual(await ask('verify?id=anna', [{ person: 1 }]), {
    status: 200,
    body: { verified: false, person: anna, reason: 'person_disabled' },
  });
});

test('identify names somebody or nobody, never the nearest', async (t) => {
  const { ask } = await serveAnna(t);
  assert.deepEqual(await ask('identify', [{ person: 1 }]), {
    status: 200,
    body: { identified: true, person: anna, score: 1, margin: 2, liveness: 'not_assessed' },
  });
  const stranger = { status: 200, body: { identified: false, reason: 'unknown_face' } };
  assert.deepEqual(await ask('identify', [{ person: 2 }]), stranger);
  assert.deepEqual(await ask('identify?gallery=other', [{ person: 1 }]), stranger);
  assert.equal((await ask('identify', [])).body.code, 'no_face');
});

test('a terminal may ask, a viewer may not', async (t) => {
  const as = (role: 'viewer' | 'terminal') => ({ settings: { clients: [{ cidr: '127.0.0.1', role }] } });
  const terminal = await serveAnna(t, as('terminal'));
  const viewer = await serveAnna(t, as('viewer'));
  for (const path of ['verify?id=anna', 'identify']) {
    assert.equal((await terminal.ask(path, [{ person: 1 }])).status, 200);
    assert.equal((await viewer.ask(path, [{ person: 1 }])).status, 403);
  }
});
