import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LivenessSchedule } from '../../../src/services/recognition/liveness-schedule.ts';

/** Frames in which a face is judged, of `frames` at 20 per second; `live` says what it looks like in each. */
function judgedFrames(frames: number, live: (frame: number) => number): number[] {
  const schedule = new LivenessSchedule();
  return Array.from({ length: frames }, (_, frame) => frame).filter((frame) => {
    if (!schedule.due(frame * 50)) return false;
    schedule.add(live(frame), frame * 50);
    return true;
  });
}

test('every frame until five looks agree, then about three a second', () => {
  assert.deepEqual(
    judgedFrames(20, () => 0.9),
    [0, 1, 2, 3, 4, 10, 16],
  );
  assert.deepEqual(
    judgedFrames(20, () => 0.1),
    [0, 1, 2, 3, 4, 10, 16],
  );
});

test('a look that disagrees brings every frame back, until five agree again', () => {
  const swapped = judgedFrames(40, (frame) => (frame < 12 ? 0.9 : 0.05));
  assert.deepEqual(swapped, [0, 1, 2, 3, 4, 10, 16, 17, 18, 19, 20, 26, 32, 38]);
});

test('looks that keep disagreeing are taken in every frame', () => {
  assert.equal(judgedFrames(30, (frame) => (frame % 2 === 0 ? 0.9 : 0.1)).length, 30);
});
