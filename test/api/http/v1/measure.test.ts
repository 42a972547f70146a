import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CameraView } from '../../../../src/services/viewing/camera-view.ts';
import { picture } from '../../../fixtures/coloured-faces.ts';
import { form, serve } from '../serving.ts';

type Json = Record<string, unknown>;

async function ask(url: string, ...faces: Parameters<typeof picture>) {
  const body = form(['image', await picture(...faces), 'a.png']);
  const response = await fetch(url, { method: 'POST', body });
  return { status: response.status, body: (await response.json()) as Json };
}

test('every face with its interval, nearest first, and the focal length it rests on', async (t) => {
  const view = new CameraView({
    ...{
      door: 'front',
      camera: 'stills:',
      hfovDeg: 80,
      encoder: { encodeJpeg: async () => new Uint8Array() },
    },
    clock: { nowMs: () => 0, wall: () => new Date(0), wallSynced: () => true, after: () => () => {} },
    counts: () => ({ captured: 0, dropped: 0 }),
  });
  const { url } = await serve(t, { views: [view] });
  const two = await ask(`${url}/v1/distance`, { person: 1 }, { person: 2 });
  assert.equal(two.status, 200);
  assert.deepEqual(two.body.focal, { source: 'assumed', px: 554 });
  const intervals = (two.body.faces as Json[]).map(({ distanceM, minM, maxM, confidence }) => [
    distanceM,
    minM,
    maxM,
    confidence,
  ]);
  assert.deepEqual(intervals, [
    [0.63, 0.2, 9, 'fair'],
    [0.63, 0.2, 9, 'fair'],
  ]);
  const known = await ask(`${url}/v1/distance?camera=front`, { person: 1 });
  assert.deepEqual(known.body.focal, { source: 'camera', px: 80 });
  assert.equal((await ask(`${url}/v1/distance?camera=back`, { person: 1 })).status, 404);
  const none = await ask(`${url}/v1/distance`);
  assert.deepEqual([none.status, none.body.code], [422, 'no_face']);
  assert.equal((await fetch(`${url}/v1/colour`, { method: 'POST' })).status, 400);
});
