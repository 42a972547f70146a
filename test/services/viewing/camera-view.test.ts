import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RgbImage } from '../../../src/core/image.ts';
import { ManualClock } from '../../../src/runtime/clock.ts';
import { CameraView, type Sight } from '../../../src/services/viewing/camera-view.ts';

function viewing() {
  const clock = new ManualClock();
  const encoded: RgbImage[] = [];
  const encoder = {
    async encodeJpeg(image: RgbImage) {
      encoded.push(image);
      return Uint8Array.of(image.data[0] as number);
    },
  };
  const counts = () => ({ captured: 7, dropped: 2 });
  const view = new CameraView({ door: 'front', camera: 'stills:', encoder, clock, counts });
  const sight = (value: number, faces: Sight['faces'] = []): Sight => ({
    frame: {
      width: 2,
      height: 1,
      data: new Uint8Array(6).fill(value),
      seq: value,
      capturedAtMs: clock.nowMs(),
    },
    faces,
    stages: new Map([['detect', { wallMs: 5, inferenceMs: 4 }]]),
  });
  return { clock, view, encoded, sight };
}

test('nothing is encoded while nobody looks; a snapshot is the newest frame, with its boxes', async () => {
  const { view, encoded, sight } = viewing();
  for (const value of [1, 2, 3]) view.show(sight(value));
  assert.equal(encoded.length, 0);
  const box = { x: 0, y: 0, width: 1, height: 1 };
  view.show(sight(4, [{ box, verdict: 'granted' }]));
  assert.deepEqual(await view.snapshot(), Uint8Array.of(40));
  // the same frame is encoded once
  await view.snapshot();
  assert.equal(encoded.length, 1);
  assert.deepEqual(view.stageMs.get('detect'), { wallMs: 20, inferenceMs: 16 });
});

test('no picture before the first, of a lost camera, or after 10 s', async () => {
  const { clock, view, sight } = viewing();
  const refused = { code: 'camera_lost' };
  await assert.rejects(view.snapshot(), refused);
  assert.deepEqual(view.state, {
    ...{ door: 'front', camera: 'stills:', state: 'starting', captured: 7, dropped: 2, processed: 0 },
  });
  view.show(sight(1));
  clock.advance(10_000);
  assert.equal((await view.snapshot()).length, 1);
  assert.deepEqual([view.state.state, view.state.ageMs, view.state.facesInView], ['ok', 10_000, 0]);
  clock.advance(1);
  await assert.rejects(view.snapshot(), refused);
  view.show(sight(2));
  view.lost();
  await assert.rejects(view.snapshot(), refused);
  assert.deepEqual([view.state.state, view.state.ageMs], ['lost', undefined]);
});

test('who looks gets the newest picture each time, at most ten a second, and all share one encoding', async () => {
  const { clock, view, encoded, sight } = viewing();
  const stop = new AbortController();
  const [one, two] = [view.pictures(stop.signal), view.pictures(stop.signal)];
  const firsts = Promise.all([one.next(), two.next()]);
  view.show(sight(1));
  assert.deepEqual(
    (await firsts).map(({ value }) => value?.[0]),
    [1, 1],
  );
  assert.equal(encoded.length, 1);
  // a viewer that is not ready makes nobody wait, and misses what came meanwhile
  const next = one.next();
  for (const value of [2, 3, 4]) view.show(sight(value));
  clock.advance(100);
  assert.equal((await next).value?.[0], 4);
  assert.equal(encoded.length, 2);
  const last = two.next();
  clock.advance(100);
  assert.equal((await last).value?.[0], 4);
  const waiting = Promise.all([one.next(), two.next()]);
  clock.advance(100);
  stop.abort();
  assert.deepEqual(
    (await waiting).map(({ done }) => done),
    [true, true],
  );
});
