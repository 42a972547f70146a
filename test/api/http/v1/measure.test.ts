import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnalysedFace } from '../../../../src/core/ports/face-analysis.ts';
import { CameraView } from '../../../../src/services/viewing/camera-view.ts';
import { PaintedFaceAnalyser, picture } from '../../../fixtures/coloured-faces.ts';
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
  const asked: unknown[] = [];
  const analyse = PaintedFaceAnalyser.prototype.analyse;
  t.after(() => {
    PaintedFaceAnalyser.prototype.analyse = analyse;
  });
  PaintedFaceAnalyser.prototype.analyse = async function (image, options) {
    asked.push(options?.hfovDeg);
    const faces = await analyse.call(this, image, options);
    return faces.map((face, i): AnalysedFace => {
      const distance = { distanceM: 1.2345 + i, minM: 1, maxM: 1.5 + i, source: 'ipd' } as const;
      return { ...face, distance, focal: { source: 'assumed', px: 554.3 } };
    });
  };
  const { url } = await serve(t, { views: [view] });
  const two = await ask(`${url}/v1/distance`, { person: 1 }, { person: 2 });
  assert.equal(two.status, 200);
  assert.deepEqual(two.body.focal, { source: 'assumed', px: 554 });
  assert.deepEqual(
    (two.body.faces as Json[]).map(({ distanceM, minM, maxM }) => [distanceM, minM, maxM]),
    [
      [1.23, 1, 1.5],
      [2.23, 1, 2.5],
    ],
  );
  await ask(`${url}/v1/distance?camera=front`, { person: 1 });
  assert.deepEqual(asked, [undefined, 80]);
  assert.equal((await ask(`${url}/v1/distance?camera=back`, { person: 1 })).status, 404);
  const none = await ask(`${url}/v1/distance`);
  assert.deepEqual([none.status, none.body.code], [422, 'no_face']);
  assert.equal((await fetch(`${url}/v1/colour`, { method: 'POST' })).status, 400);
});
