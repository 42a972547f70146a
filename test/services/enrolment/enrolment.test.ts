import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LimenError } from '../../../src/core/errors.ts';
import type { Person, PersonRef } from '../../../src/core/person.ts';
import type { EnrolRequest } from '../../../src/services/enrolment/enrolment.ts';
import { type PaintedFace, picture } from '../../fixtures/coloured-faces.ts';
import { requestServices } from '../../fixtures/request-services.ts';

const anna = { gallery: 'default', id: 'anna' };
const bert = { gallery: 'default', id: 'bert' };

async function request(faces: PaintedFace[], more: Partial<EnrolRequest> = {}): Promise<EnrolRequest> {
  return { person: anna, image: await picture(...faces), actor: 'cli', ...more };
}

test('an enrolled person is stored, can be recognised at once, and is journalled with the actor', async () => {
  const { enrolment, store, gallery, journal } = await requestServices();
  const outcome = await enrolment.enrol(await request([{ person: 1 }], { name: 'Anna A.' }));
  assert.equal(outcome.kind, 'enrolled');
  const person = await store.get(anna);
  assert.equal(person?.name, 'Anna A.');
  assert.equal(person?.createdAt, '2030-01-01T00:00:00.000Z');
  assert.deepEqual(
    person?.faces.map(({ faceId, modelId, liveness }) => ({ faceId, modelId, liveness })),
    [{ faceId: '1', modelId: 'painted', liveness: 'not_assessed' }],
  );
  assert.deepEqual(gallery.identify(person?.faces[0]?.embedding as Float32Array)?.person, anna);
  const [event] = journal.events;
  assert.deepEqual([event?.type, event?.person, event?.actor], ['person.enrolled', anna, 'cli']);
});

const refused: [string, PaintedFace[] | Buffer, Partial<EnrolRequest>, Record<string, unknown>][] = [
  ['no face', [], {}, { kind: 'no_face' }],
  ['several faces', [{ person: 1 }, { person: 2 }], {}, { kind: 'several_faces', count: 2 }],
  ['an empty file', Buffer.alloc(0), {}, { kind: 'unreadable', refusal: 'empty' }],
  ['a text', Buffer.from('hello'), {}, { kind: 'unreadable', refusal: 'unsupported_format' }],
  ['a face without an embedding', [{ person: 1, flaw: 'not_embedded' }], {}, { kind: 'low_quality' }],
];
for (const [what, image, more, expected] of refused) {
  test(`${what} is refused, and neither store nor journal knows of it`, async () => {
    const { enrolment, store, journal } = await requestServices();
    const bytes = Buffer.isBuffer(image) ? image : await picture(...image);
    const outcome = await enrolment.enrol({ person: anna, image: bytes, actor: 'cli', ...more });
    for (const [key, value] of Object.entries(expected)) {
      assert.deepEqual((outcome as unknown as Record<string, unknown>)[key], value, key);
    }
    assert.deepEqual(await store.list(), []);
    assert.deepEqual(journal.events, []);
  });
}

test('an unfit picture is refused in words that say what to do', async () => {
  const { enrolment } = await requestServices();
  const far = await enrolment.enrol(await request([{ person: 1, sizePx: 30, flaw: 'dark' }]));
  assert.deepEqual(far, {
    kind: 'low_quality',
    advice: [
      'too far: 15 px between the eyes, 24 needed; come closer',
      'too dark: brightness 20, 35 needed; turn to the light',
    ],
  });
});

test('the largest face counts where a dialect asks for it: a ghost portrait does not', async () => {
  const { enrolment, gallery, store } = await requestServices();
  const card = await request([{ person: 2, sizePx: 40 }, { person: 1 }], { face: 'largest' });
  assert.equal((await enrolment.enrol(card)).kind, 'enrolled');
  const enrolled = (await store.get(anna))?.faces[0]?.embedding as Float32Array;
  assert.equal(enrolled[1], 1);
  assert.deepEqual(gallery.identify(enrolled)?.person, anna);
});

test('a person with a face exists; one without a face is completed', async () => {
  const { enrolment, store, analyser } = await requestServices();
  await store.put({ ...anna, createdAt: '2029-01-01T00:00:00.000Z', enabled: false, faces: [] });
  assert.equal((await enrolment.enrol(await request([{ person: 1 }]))).kind, 'enrolled');
  const { createdAt, enabled } = (await store.get(anna)) ?? {};
  assert.deepEqual({ createdAt, enabled }, { createdAt: '2029-01-01T00:00:00.000Z', enabled: false });
  const calls = analyser.calls;
  assert.deepEqual(await enrolment.enrol(await request([{ person: 1 }])), { kind: 'exists', person: anna });
  assert.equal(analyser.calls, calls, 'no inference for an answer that is known');
});

test('a further face must show the same person unless forced', async () => {
  const { enrolment, store } = await requestServices();
  await enrolment.enrol(await request([{ person: 1 }]));
  const extend = { extend: true };
  assert.equal((await enrolment.enrol(await request([{ person: 2 }], extend))).kind, 'different_face');
  const second = await enrolment.enrol(await request([{ person: 1, view: 5 }], extend));
  assert.ok(second.kind === 'enrolled' && !second.created && second.face.faceId === '2');
  const forced = await enrolment.enrol(await request([{ person: 2 }], { extend: true, force: true }));
  assert.equal(forced.kind, 'enrolled');
  assert.equal((await store.get(anna))?.faces.length, 3);
});

test('a person has at most ten faces', async () => {
  const { enrolment } = await requestServices();
  const again = await request([{ person: 1 }], { extend: true });
  for (let i = 0; i < 10; i++) assert.equal((await enrolment.enrol(again)).kind, 'enrolled');
  assert.deepEqual(await enrolment.enrol(again), { kind: 'too_many_faces', limit: 10 });
});

test('the same face under another id is refused with that id, or accepted by force and journalled so', async () => {
  const { enrolment, journal, store } = await requestServices();
  await enrolment.enrol(await request([{ person: 1 }]));
  const other = await request([{ person: 1, view: 2 }], { person: bert });
  const outcome = await enrolment.enrol(other);
  assert.ok(outcome.kind === 'duplicate_face');
  assert.deepEqual(outcome.other, anna);
  assert.equal(await store.get(bert), undefined);
  const forced = await enrolment.enrol({ ...other, force: true });
  assert.ok(forced.kind === 'enrolled');
  assert.deepEqual(forced.duplicateOf, anna);
  assert.equal(journal.events.at(-1)?.reason, 'duplicate_face');
});

test('of two enrolments of one id at the same time one wins, and of one face under two ids as well', async () => {
  const { enrolment, store } = await requestServices();
  const both = await Promise.all([
    enrolment.enrol(await request([{ person: 1 }])),
    enrolment.enrol(await request([{ person: 2 }])),
  ]);
  assert.deepEqual(both.map(({ kind }) => kind).sort(), ['enrolled', 'exists']);
  const faces = await Promise.all([
    enrolment.enrol(await request([{ person: 3 }], { person: { gallery: 'default', id: 'c' } })),
    enrolment.enrol(await request([{ person: 3 }], { person: { gallery: 'default', id: 'd' } })),
  ]);
  assert.deepEqual(faces.map(({ kind }) => kind).sort(), ['duplicate_face', 'enrolled']);
  assert.equal((await store.list()).length, 2);
});

test('the duplicate check waits for an enrolment that is still being written', async () => {
  const { enrolment, store, analyser, admission } = await requestServices({ slots: 2 });
  let written: () => void = () => {};
  const disk = new Promise<void>((resolve) => {
    written = resolve;
  });
  const create = store.create.bind(store);
  store.create = async (person) => {
    await disk;
    return create(person);
  };
  const both = Promise.all([
    enrolment.enrol(await request([{ person: 1 }])),
    enrolment.enrol(await request([{ person: 1 }], { person: bert })),
  ]);
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  while (analyser.calls < 2 || admission.counts.running > 0) await turn();
  await turn();
  written();
  assert.deepEqual((await both).map(({ kind }) => kind).sort(), ['duplicate_face', 'enrolled']);
});

test('when the queue is full the answer is busy, and nothing was decoded', async () => {
  const { enrolment, analyser } = await requestServices({ maxWaiting: 0 });
  let open: () => void = () => {};
  analyser.gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const first = enrolment.enrol(await request([{ person: 1 }]));
  const second = await enrolment.enrol(await request([{ person: 2 }], { person: bert }));
  assert.equal(second.kind, 'busy');
  open();
  assert.equal((await first).kind, 'enrolled');
});

test('removing and resetting say what they did and who asked', async () => {
  const { enrolment, journal, store } = await requestServices();
  await enrolment.enrol(await request([{ person: 1 }]));
  assert.equal((await enrolment.remove(bert, 'cli')).kind, 'not_found');
  assert.equal((await enrolment.remove(anna, 'http:10.0.0.1')).kind, 'removed');
  assert.deepEqual(await store.list(), []);
  await enrolment.enrol(await request([{ person: 1 }]));
  assert.equal(await enrolment.reset('cli'), 1);
  assert.deepEqual(
    journal.events.map(({ type, actor }) => `${type} ${actor}`),
    ['person.enrolled cli', 'person.removed http:10.0.0.1', 'person.enrolled cli', 'people.reset cli'],
  );
});

test('a removal by face removes only the person whom the picture shows, disabled or not', async () => {
  const { enrolment, journal, store } = await requestServices();
  await enrolment.enrol(await request([{ person: 1 }]));
  await enrolment.enrol(await request([{ person: 2 }], { person: bert }));
  const events = journal.events.length;
  const remove = async (person: PersonRef, ...faces: PaintedFace[]) =>
    enrolment.removeByFace({ person, image: await picture(...faces), actor: 'http:10.0.0.1' });
  assert.deepEqual(await remove(anna, { person: 2 }), { kind: 'mismatch' });
  assert.deepEqual(await remove({ ...anna, id: 'nobody' }, { person: 1 }), { kind: 'not_found' });
  assert.deepEqual(await remove({ ...anna, gallery: 'guests' }, { person: 1 }), { kind: 'not_found' });
  assert.deepEqual(await remove(anna), { kind: 'no_face' });
  assert.deepEqual(await remove(anna, { person: 1 }, { person: 1 }), { kind: 'several_faces', count: 2 });
  assert.deepEqual(await remove(anna, { person: 1, flaw: 'not_embedded' }), { kind: 'low_quality' });
  const text = { person: anna, image: Buffer.from('hello'), actor: 'cli' };
  assert.equal((await enrolment.removeByFace(text)).kind, 'unreadable');
  assert.equal((await store.list()).length, 2);
  assert.equal(journal.events.length, events);

  await store.put({ ...((await store.get(anna)) as Person), enabled: false });
  assert.equal((await remove(anna, { person: 1, view: 4 })).kind, 'removed');
  assert.deepEqual(
    (await store.list()).map(({ id }) => id),
    ['bert'],
  );
  const { type, person, actor } = journal.events.at(-1) ?? {};
  assert.deepEqual([type, person, actor], ['person.removed', anna, 'http:10.0.0.1']);
});

test('who is enrolled anew with another face while the picture is looked at is not removed', async () => {
  const { enrolment, store, analyser } = await requestServices({ slots: 2 });
  await enrolment.enrol(await request([{ person: 1 }]));
  let open: () => void = () => {};
  analyser.gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const calls = analyser.calls;
  const removal = enrolment.removeByFace({ ...(await request([{ person: 1 }])) });
  while (analyser.calls === calls) await new Promise((resolve) => setImmediate(resolve));
  analyser.gate = Promise.resolve();
  await enrolment.remove(anna, 'cli');
  await enrolment.enrol(await request([{ person: 2 }]));
  open();
  assert.deepEqual(await removal, { kind: 'mismatch' });
  assert.equal((await store.list()).length, 1);
});

test('a score that is no number removes nobody', async () => {
  const { enrolment, store, gallery } = await requestServices();
  await enrolment.enrol(await request([{ person: 1 }]));
  gallery.similarity = () => Number.NaN;
  assert.deepEqual(await enrolment.removeByFace(await request([{ person: 1 }])), { kind: 'mismatch' });
  assert.equal((await store.list()).length, 1);
});

test('a store that fails leaves no journal entry that claims otherwise', async () => {
  const { enrolment, journal, store } = await requestServices();
  const fault = async () => {
    throw new LimenError('store_fault', 'disk full');
  };
  Object.assign(store, { create: fault, clear: fault });
  await assert.rejects(enrolment.enrol(await request([{ person: 1 }])), /disk full/);
  await assert.rejects(enrolment.reset('cli'), /disk full/);
  assert.deepEqual(journal.events, []);
});

for (const [gallery, id] of [
  ['', 'a'],
  ['a/b', 'c'],
  ['a', ' '],
  ['a', 'b\u0000'],
  ['a', 'x'.repeat(129)],
] as const) {
  test(`gallery ${JSON.stringify(gallery)} with id ${JSON.stringify(id.slice(0, 9))} is no reference`, async () => {
    const { enrolment } = await requestServices();
    const wrong = await request([{ person: 1 }], { person: { gallery, id } });
    await assert.rejects(enrolment.enrol(wrong), { code: 'bad_request' });
  });
}
