import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FaceObservation } from '../../../src/core/observation.ts';
import { Newest } from '../../../src/runtime/newest.ts';
import { LiveEnrolment, type LiveFrame } from '../../../src/services/enrolment/live-enrolment.ts';
import { paintedImage, picture } from '../../fixtures/coloured-faces.ts';
import { requestServices } from '../../fixtures/request-services.ts';

const anna = { gallery: 'default', id: 'anna' };
const request = { person: anna, camera: 'front', actor: 'cli' };

async function setUp(options: { judged?: boolean } = {}) {
  const services = await requestServices();
  const { enrolment, clock } = services;
  const frames = new Newest<LiveFrame>();
  const live = new LiveEnrolment({
    enrolment,
    frames: new Map([['front', frames]]),
    // painted colours survive no JPEG
    encoder: { encodeJpeg: () => picture({ person: 1 }) },
    clock,
    ...((options.judged ?? true) && { liveness: { minLiveness: 0.4, minLooks: 5 } }),
  });
  const show = async (count: number, ...faces: { trackId?: number; liveness?: number }[]) => {
    for (let i = 0; i < count; i++) {
      const seen = faces.map((face) => ({ trackId: 1, quality: { overall: 0.5 }, ...face }));
      frames.offer({ image: paintedImage({ person: 1 }), faces: seen as FaceObservation[] });
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { ...services, live, show };
}

test('whoever stands before the camera and lives is enrolled as live', async () => {
  const { live, show, store, journal } = await setUp();
  const running = live.enrol(request);
  await show(10, { liveness: 0.8 });
  assert.equal((await running).kind, 'enrolled');
  assert.equal((await store.get(anna))?.faces[0]?.liveness, 'live');
  assert.equal(journal.events.at(-1)?.liveness, 'live');
});

test('a picture held up is refused, and nobody is enrolled', async () => {
  const { live, show, store } = await setUp();
  const running = live.enrol(request);
  await show(10, { liveness: 0.05 });
  assert.deepEqual(await running, { kind: 'spoof' });
  assert.deepEqual(await store.list(), []);
});

test('a live face that gives way to a picture does not lend it its life', async () => {
  const { live, show } = await setUp();
  const running = live.enrol(request);
  await show(7, { liveness: 0.9 });
  await show(10, { trackId: 2, liveness: 0.05 });
  assert.deepEqual(await running, { kind: 'spoof' });
});

test('single looks do not decide', async () => {
  const { live, show } = await setUp();
  const running = live.enrol(request);
  await show(2, { liveness: 0.1 });
  await show(8, { liveness: 0.8 });
  assert.equal((await running).kind, 'enrolled');
});

for (const [what, faces, kind] of [
  ['nobody', [], 'no_face'],
  ['two people', [{ liveness: 0.9 }, { trackId: 2, liveness: 0.9 }], 'several_faces'],
  ['a face that cannot be judged', [{}], 'low_quality'],
] as const) {
  test(`${what} before the camera: an answer after a while, and nobody is enrolled`, async () => {
    const { live, show, clock, store } = await setUp();
    const running = live.enrol(request);
    await show(10, ...faces);
    clock.advance(15_000);
    assert.equal((await running).kind, kind);
    assert.deepEqual(await store.list(), []);
  });
}

test('a pack that cannot judge enrols, and says so', async () => {
  const { live, show, store } = await setUp({ judged: false });
  const running = live.enrol(request);
  await show(10, {});
  assert.equal((await running).kind, 'enrolled');
  assert.equal((await store.get(anna))?.faces[0]?.liveness, 'not_assessed');
});

test('a camera that is not there, and a caller who left', async () => {
  const { live } = await setUp();
  assert.deepEqual(await live.enrol({ ...request, camera: 'cellar' }), {
    kind: 'unknown_camera',
    doors: ['front'],
  });
  const signal = AbortSignal.abort(new Error('gone'));
  await assert.rejects(live.enrol({ ...request, signal }), /gone/);
});
