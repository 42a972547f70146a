import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { DetectedFace } from '../../src/core/face.ts';
import { Tracker } from '../../src/vision/tracker.ts';

const FRAME_MS = 66;

function face(x: number, y: number, width = 80): DetectedFace {
  const eye = (dx: number) => ({ x: x + width / 2 + dx, y: y + width / 3 });
  return {
    box: { x, y, width, height: width * 1.2 },
    score: 0.9,
    points: { rightEye: eye(-15), leftEye: eye(15), nose: eye(0), mouth: eye(0) },
  };
}

test('a walking face keeps its number', () => {
  const tracker = new Tracker();
  const ids = Array.from(
    { length: 60 },
    (_, i) => tracker.update([face(i * 6, 100)], i * FRAME_MS).seen[0]?.trackId,
  );
  assert.deepEqual([...new Set(ids)], [1]);
});

test('numbers survive one second of occlusion', () => {
  const tracker = new Tracker();
  tracker.update([face(100, 100)], 0);
  tracker.update([face(102, 100)], 66);
  tracker.update([], 500);
  const back = tracker.update([face(110, 104)], 1_066).seen[0];
  assert.equal(back?.trackId, 1);
  assert.equal(back?.gapMs, 1_000);
});

test('a track unseen for longer ends once, and the next face is somebody new', () => {
  const tracker = new Tracker();
  tracker.update([face(100, 100)], 0);
  assert.deepEqual(tracker.update([], 1_400).ended, []);
  assert.deepEqual(tracker.update([], 1_600).ended, [1]);
  assert.deepEqual(tracker.update([], 1_700).ended, []);
  assert.equal(tracker.update([face(100, 100)], 1_800).seen[0]?.trackId, 2);
});

test('a face that appears far away is not the one that was here', () => {
  const tracker = new Tracker();
  tracker.update([face(0, 100)], 0);
  assert.equal(tracker.update([face(400, 100)], FRAME_MS).seen[0]?.trackId, 2);
});

test('a face of quite another size is not the one that was here', () => {
  const tracker = new Tracker();
  tracker.update([face(100, 100, 60)], 0);
  assert.equal(tracker.update([face(80, 80, 160)], FRAME_MS).seen[0]?.trackId, 2);
});

test('two people who pass each other side by side do not swap, however the detector orders them', () => {
  fc.assert(
    fc.property(
      fc.infiniteStream(fc.boolean()),
      fc.integer({ min: 2, max: 8 }),
      fc.integer({ min: 110, max: 160 }),
      fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 120, maxLength: 120 }),
      (orders, stepPx, apartPx, shake) => {
        const tracker = new Tracker();
        const ids = new Set<string>();
        for (let i = 0; i < 60; i++) {
          const left = face(20 + i * stepPx + (shake[i] ?? 0), 60);
          const right = face(500 - i * stepPx, 60 + apartPx + (shake[60 + i] ?? 0));
          const swapped = orders.next().value === true;
          const { seen } = tracker.update(swapped ? [right, left] : [left, right], i * FRAME_MS);
          const [first, second] = swapped ? [seen[1], seen[0]] : [seen[0], seen[1]];
          ids.add(`left=${first?.trackId} right=${second?.trackId}`);
        }
        assert.equal(ids.size, 1);
      },
    ),
    { numRuns: 60 },
  );
});

test('every face of a frame gets a number of its own', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 600 }), fc.integer({ min: 0, max: 400 })), {
          maxLength: 6,
        }),
        {
          maxLength: 20,
        },
      ),
      (frames) => {
        const tracker = new Tracker();
        frames.forEach((places, i) => {
          const { seen } = tracker.update(
            places.map(([x, y]) => face(x, y)),
            i * FRAME_MS,
          );
          assert.equal(new Set(seen.map((track) => track.trackId)).size, places.length);
        });
      },
    ),
  );
});

test('split gives the standing face a new number and leaves the old one', () => {
  const tracker = new Tracker();
  tracker.update([face(100, 100)], 0);
  const id = tracker.split(1);
  assert.equal(id, 2);
  assert.equal(tracker.update([face(101, 100)], FRAME_MS).seen[0]?.trackId, 2);
});
