import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EnrolOnce } from '../../../src/services/enrolment/enrol-once.ts';
import { picture } from '../../fixtures/coloured-faces.ts';
import { requestServices } from '../../fixtures/request-services.ts';

const person = { gallery: 'default', id: 'anna' };
const image = await picture({ person: 1 });
const request = { person, image, actor: 'test', extend: true };

test('requests that come at the same time wait for the first, and enrol once', async () => {
  const { enrolOnce, store } = await requestServices();
  const outcomes = await Promise.all([1, 2, 3, 4].map(() => enrolOnce.enrol(request, 'key')));
  assert.deepEqual(
    outcomes.map(({ kind }) => kind),
    ['enrolled', 'repeated', 'repeated', 'repeated'],
  );
  assert.equal((await store.get(person))?.faces.length, 1);
  const other = await Promise.all([
    enrolOnce.enrol(request, 'second'),
    enrolOnce.enrol({ ...request, force: true }, 'second'),
  ]);
  assert.deepEqual(
    other.map(({ kind }) => kind),
    ['enrolled', 'key_reused'],
  );
});

test('whoever waits for a request that goes away takes its place', async () => {
  const { enrolOnce, store } = await requestServices();
  const leaving = new AbortController();
  const first = enrolOnce.enrol({ ...request, signal: leaving.signal }, 'key');
  const second = enrolOnce.enrol(request, 'key');
  leaving.abort();
  await assert.rejects(first, { name: 'AbortError' });
  assert.equal((await second).kind, 'enrolled');
  assert.equal((await store.get(person))?.faces.length, 1);
});

test('a refusal is given to whoever waits, and leaves no mark', async () => {
  const { enrolOnce, store } = await requestServices();
  const nobody = { ...request, image: await picture() };
  const outcomes = await Promise.all([enrolOnce.enrol(nobody, 'key'), enrolOnce.enrol(nobody, 'key')]);
  assert.deepEqual(outcomes, [{ kind: 'no_face' }, { kind: 'no_face' }]);
  assert.equal((await enrolOnce.enrol(request, 'key')).kind, 'enrolled');
  assert.equal((await store.list()).length, 1);
});

test('the answer outlives the service, for a day, and goes with the person', async () => {
  const { enrolOnce, enrolment, store, clock } = await requestServices();
  const first = await enrolOnce.enrol(request, 'key');
  await enrolment.enrol({ ...request, image: await picture({ person: 1, view: 3 }) });
  const later = () => new EnrolOnce({ enrolment, store, clock });
  assert.deepEqual(await later().enrol(request, 'key'), { kind: 'repeated', outcome: first });
  assert.equal((await later().enrol({ ...request, name: 'x' }, 'key')).kind, 'key_reused');
  clock.advance(86_400_000 - 1);
  assert.equal((await later().enrol(request, 'key')).kind, 'repeated');
  clock.advance(1);
  assert.equal((await later().enrol(request, 'key')).kind, 'enrolled');
  assert.equal((await store.get(person))?.faces.length, 3);
  await enrolment.remove(person, 'test');
  assert.equal((await later().enrol(request, 'key')).kind, 'enrolled');
});
