import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DetectedFace } from '../../../src/core/face.ts';
import { eyesAtOnce, gaugeEyes, isSeen, type MeshGaze } from '../../../src/services/recognition/eye-gauge.ts';
import { boxAround, type FaceMesh } from '../../../src/vision/facemesh.ts';

const detected: DetectedFace = {
  box: { x: 100, y: 100, width: 80, height: 100 },
  score: 0.9,
  points: pointsOf(140, 140, 36),
};

function pointsOf(x: number, y: number, apart: number): DetectedFace['points'] {
  return {
    ...{ rightEye: { x: x - apart / 2, y }, leftEye: { x: x + apart / 2, y } },
    ...{ nose: { x, y: y + 0.58 * apart }, mouth: { x, y: y + apart } },
  };
}

/** Landmarks of a face around (x, y) whose eyes are `apart`; its outline is twice as wide. */
function meshAt(x: number, y: number, apart: number, yawDeg = 0): FaceMesh {
  const mesh = [
    { x: x - apart, y: y - apart },
    { x: x + apart, y: y + 1.5 * apart },
  ];
  return { points: pointsOf(x, y, apart), pose: { yawDeg, pitchDeg: 0, rollDeg: 0 }, mesh };
}

test('eyes are the mean of looks around the place where the landmarks stay', async () => {
  let apart = 30;
  const gaze: MeshGaze = async (_face, { scale }) => {
    // the first looks creep up to 40 px; a wider crop then reads 1 px more, a narrower one 1 px less
    apart += (40 - apart) * 0.9;
    return { presence: 1, mesh: meshAt(140, 140, apart + Math.sign((scale ?? 1) - 1)) };
  };
  const eyes = await gaugeEyes(gaze, detected);
  assert.ok(Math.abs(eyes.apartPx - 40) < 0.05, `${eyes.apartPx}`);
  assert.ok(eyes.error > 0.015 && eyes.error < 0.03, `${eyes.error}`);
  assert.equal(eyes.confidence, 'fair');
});

test('a turned head is measured from the front and told in the picture', async () => {
  const gaze: MeshGaze = async () => ({ presence: 1, mesh: meshAt(140, 140, 20, 60 - 1e-9) });
  const eyes = await gaugeEyes(gaze, detected);
  assert.ok(Math.abs(eyes.apartPx - 20) < 1e-6 && Math.abs(eyes.yawDeg - 60) < 1e-6);
});

test('a face on its head is looked at the other way up', async () => {
  const gaze: MeshGaze = async (face, { turnDeg = 0 }) => {
    const isFound = turnDeg === 180 || face.points.rightEye.x > face.points.leftEye.x;
    if (!isFound) return { presence: 0.7, mesh: meshAt(140, 140, 60) };
    const { mesh, pose } = meshAt(140, 140, 40);
    return { presence: 1, mesh: { mesh, pose, points: pointsOf(140, 140, -40) } };
  };
  const eyes = await gaugeEyes(gaze, detected);
  assert.ok(Math.abs(eyes.apartPx - 40) < 1e-9, `${eyes.apartPx}`);
  assert.equal(eyes.confidence, 'fair');
});

test('what the landmarks do not see is told by the detector, with low confidence', async () => {
  const eyes = await gaugeEyes(async () => ({ presence: 0.1, mesh: meshAt(140, 140, 60) }), detected);
  assert.deepEqual([eyes.apartPx, eyes.confidence], [36, 'low']);
  assert.ok(eyes.error >= 0.15);
});

test('landmarks that wander off to the face beside it do not count', async () => {
  const gaze: MeshGaze = async () => ({ presence: 1, mesh: meshAt(340, 140, 60) });
  assert.deepEqual([(await gaugeEyes(gaze, detected)).apartPx], [36]);
});

test('landmarks that doubt one of the looks give low confidence', async () => {
  const gaze: MeshGaze = async (_face, { mirrored = false }) => ({
    presence: mirrored ? 0.6 : 1,
    mesh: meshAt(140, 140, 40),
  });
  const eyes = await gaugeEyes(gaze, detected);
  assert.deepEqual([Math.round(eyes.apartPx), eyes.confidence], [40, 'low']);
  assert.ok(eyes.error >= 0.15);
});

test('a face that is seen at once, and one that is not', async () => {
  assert.equal(await isSeen(async () => ({ presence: 1, mesh: meshAt(140, 140, 40) }), detected), true);
  assert.equal(await isSeen(async () => ({ presence: 0.5, mesh: meshAt(140, 140, 40) }), detected), false);
});

test('one look is worth less by the detectors than by the landmarks', () => {
  const { points, pose, mesh } = meshAt(140, 140, 40, 10);
  const [blazeface, yunet, dense] = [
    eyesAtOnce({ points, pose }, 'blazeface'),
    eyesAtOnce({ points, pose }, 'yunet'),
    eyesAtOnce({ points, pose, mesh }, 'blazeface'),
  ];
  assert.deepEqual([dense.apartPx, dense.yawDeg, dense.confidence], [40, 10, undefined]);
  assert.ok(blazeface.error > yunet.error && yunet.error > dense.error);
  assert.equal(boxAround(mesh).width, 80);
});
