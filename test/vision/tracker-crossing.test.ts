import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { DetectedFace } from '../../src/core/face.ts';
import { iou } from '../../src/vision/nms.ts';
import { Tracker } from '../../src/vision/tracker.ts';

/** 15 frames a second, as at a door. */
const FRAME_MS = 66;

function face(x: number, y: number, width: number): DetectedFace {
  const eye = (dx: number) => ({ x: x + width / 2 + dx, y: y + width / 3 });
  return {
    box: { x: x - width / 2, y: y - width * 0.6, width, height: width * 1.2 },
    score: 0.9,
    points: { rightEye: eye(-width / 5), leftEye: eye(width / 5), nose: eye(0), mouth: eye(0) },
  };
}

interface Walk {
  readonly x: number;
  /** px a second */
  readonly speed: number;
  readonly width: number;
}
const at = ({ x, speed, width }: Walk, ms: number, jitter: number, y: number) =>
  face(x + (speed * ms) / 1000 + jitter, y, width);
/** The detector's boxes shake by this part of their width. */
const jitters = fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 400, maxLength: 400 });
const shaken = (jitter: readonly number[], i: number, width: number) =>
  ((jitter[i] ?? 0) / 100) * 0.03 * width;

test('two people who cross, the rear one hidden while they overlap, never swap their numbers', () => {
  const scenario = fc.record({
    // widths a second: a face is 0.15 m wide, so up to 1.2 m/s across the picture
    near: fc.integer({ min: 60, max: 110 }),
    depth: fc.integer({ min: 115, max: 170 }).map((percent) => percent / 100),
    speed: fc.integer({ min: 5, max: 80 }).map((tenths) => tenths / 10),
    other: fc.integer({ min: 5, max: 80 }).map((tenths) => tenths / 10),
    lift: fc.integer({ min: -20, max: 20 }),
    jitter: jitters,
  });
  fc.assert(
    fc.property(scenario, ({ near, depth, speed, other, lift, jitter }) => {
      const tracker = new Tracker();
      const front: Walk = { x: 60, speed: speed * near, width: near };
      const rear: Walk = { x: 580, speed: -other * near, width: near / depth };
      const names = new Map<string, Set<number>>([
        ['front', new Set()],
        ['rear', new Set()],
      ]);
      for (let i = 0; i < 180; i++) {
        const ms = i * FRAME_MS;
        const a = at(front, ms, shaken(jitter, 2 * i, front.width), 200);
        const b = at(rear, ms, shaken(jitter, 2 * i + 1, rear.width), 200 + lift);
        if (a.box.x > 640 || b.box.x < -100) break;
        const hidden = iou(a.box, b.box) > 0.2;
        const faces = hidden ? [a] : i % 2 === 0 ? [a, b] : [b, a];
        for (const seen of tracker.update(faces, ms).seen) {
          names.get(seen.face === a ? 'front' : 'rear')?.add(seen.trackId);
        }
      }
      assert.deepEqual([...(names.get('front') ?? [])].length, 1, 'front keeps its number');
      const both = [...(names.get('rear') ?? [])].filter((id) => names.get('front')?.has(id));
      assert.deepEqual(both, [], 'nobody takes the other one’s number');
    }),
    { numRuns: 300 },
  );
});

test('a walking face hidden for up to a second keeps its number', () => {
  const scenario = fc.record({
    width: fc.integer({ min: 40, max: 120 }),
    // widths a second; a face is 0.15 m wide, so up to about 0.1 m/s sideways: somebody who stands and sways
    speed: fc.integer({ min: -60, max: 60 }).map((percent) => percent / 100),
    from: fc.integer({ min: 5, max: 30 }),
    hidden: fc.integer({ min: 1, max: 15 }),
    jitter: jitters,
  });
  fc.assert(
    fc.property(scenario, ({ width, speed, from, hidden, jitter }) => {
      const tracker = new Tracker();
      const walk: Walk = { x: 300, speed: speed * width, width };
      const ids = new Set<number>();
      for (let i = 0; i < 60; i++) {
        const faces =
          i >= from && i < from + hidden ? [] : [at(walk, i * FRAME_MS, shaken(jitter, i, width), 200)];
        for (const { trackId } of tracker.update(faces, i * FRAME_MS).seen) ids.add(trackId);
      }
      assert.equal(ids.size, 1);
    }),
    { numRuns: 300 },
  );
});
