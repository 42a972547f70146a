import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { calibrationRoutes } from '../../../../src/api/http/v1/calibration.ts';
import type { RgbImage } from '../../../../src/core/image.ts';
import type { FaceObservation } from '../../../../src/core/observation.ts';
import { MemoryDocument } from '../../../../src/drivers/store/memory-document.ts';
import { SystemClock } from '../../../../src/runtime/clock.ts';
import { Newest } from '../../../../src/runtime/newest.ts';
import { Calibration } from '../../../../src/services/calibration/calibration.ts';
import type { CalibrationDocument } from '../../../../src/services/calibration/lens.ts';
import { serve } from '../serving.ts';

const points = {
  ...{ rightEye: { x: 0, y: 0 }, leftEye: { x: 50, y: 0 } },
  ...{ nose: { x: 25, y: 20 }, mouth: { x: 25, y: 40 } },
};

/** Frames for as long as somebody waits for one. */
function standing(t: TestContext) {
  const frames = new Newest<{ image: RgbImage; faces: readonly FaceObservation[] }>();
  const face = { points, pose: { yawDeg: 0, pitchDeg: 0, rollDeg: 0 } } as FaceObservation;
  const image = { width: 640, height: 1, data: new Uint8Array(640 * 3) };
  const timer = setInterval(() => frames.offer({ image, faces: [face] }), 1);
  t.after(() => clearInterval(timer));
  return frames;
}

test('a lens is measured over HTTP by whoever stands at a known distance', async (t) => {
  const document = new MemoryDocument<CalibrationDocument>({ doors: {} });
  const cameras = [{ door: 'yard', camera: 'stills:', hfovDeg: 60, frames: standing(t) }];
  const calibration = new Calibration({
    cameras,
    gauge: async () => undefined,
    document,
    clock: new SystemClock(),
  });
  const routes = calibrationRoutes({ calibration });
  // under another prefix: the daemon's own routes have one without a camera
  const { url } = await serve(t, {
    routes: [(app) => app.register(async (scope) => routes(scope), { prefix: '/x' })],
  });
  const ask = async (door: string, body: object) => {
    const answer = await fetch(`${url}/x/v1/cameras/${door}/calibration`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  const { status, body } = await ask('yard', { metres: 0.9, ipdMm: 63 });
  assert.equal(status, 200);
  assert.deepEqual([body.door, body.spread, body.frames], ['yard', 0, 20]);
  assert.equal(document.value.doors.yard?.metres, 0.9);
  assert.equal((await ask('cellar', { metres: 1 })).status, 404);
  assert.equal((await ask('yard', { metres: -1 })).status, 400);
});

test('without a camera nobody is enrolled from one, and no lens is measured', async (t) => {
  const { url, store } = await serve(t);
  const enrol = await fetch(`${url}/v1/people/default/anna/faces?camera=front`, { method: 'POST' });
  assert.equal(enrol.status, 404);
  const calibrate = await fetch(`${url}/v1/cameras/front/calibration`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"metres":1}',
  });
  assert.equal(calibrate.status, 404);
  assert.deepEqual(await store.list(), []);
});
