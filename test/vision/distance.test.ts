import assert from 'node:assert/strict';
import { test } from 'node:test';
import { distanceOf, focalFrom35mm, focalFromHfov } from '../../src/vision/distance.ts';

function eyes(apartPx: number, yawDeg = 0, error = 0) {
  return { apartPx, yawDeg, error };
}

test('the formula of the project: Z = f · 63 mm / eye distance', () => {
  const camera = { focalPx: 1000, focalError: 0.02 };
  const measured = distanceOf(eyes(42), camera);
  assert.ok(measured && Math.abs(measured.distanceM - 1.5) < 1e-9);
});

test('a face half as large is twice as far, interval included', () => {
  const camera = { focalPx: 800, focalError: 0.15 };
  const [near, far] = [distanceOf(eyes(80), camera, 0), distanceOf(eyes(40), camera, 0)];
  assert.ok(near && far);
  assert.ok(Math.abs(far.distanceM / near.distanceM - 2) < 1e-9);
  assert.ok(Math.abs(far.minM / near.minM - 2) < 1e-9);
});

test('a turned head is not taken for a far one', () => {
  const camera = { focalPx: 800, focalError: 0.02 };
  const yaw = 40;
  const turned = distanceOf(eyes(60 * Math.cos((yaw * Math.PI) / 180), yaw), camera);
  const straight = distanceOf(eyes(60), camera);
  assert.ok(turned && straight && Math.abs(turned.distanceM - straight.distanceM) < 1e-9);
});

test('the interval holds for eye distances of 50 to 75 mm even with a perfect camera', () => {
  const camera = { focalPx: 900, focalError: 0 };
  for (const ipdM of [0.05, 0.063, 0.075]) {
    for (const trueM of [0.4, 1, 2]) {
      const measured = distanceOf(eyes((camera.focalPx * ipdM) / trueM), camera, 0);
      assert.ok(
        measured && measured.minM <= trueM + 1e-9 && trueM <= measured.maxM + 1e-9,
        `${ipdM} ${trueM}`,
      );
    }
  }
});

test('a worse calibration never narrows the interval', () => {
  const good = distanceOf(eyes(50), { focalPx: 900, focalError: 0.02 });
  const guessed = distanceOf(eyes(50), { focalPx: 900, focalError: 0.15 });
  assert.ok(good && guessed && guessed.minM < good.minM && guessed.maxM > good.maxM);
});

test('landmarks that scatter and a turned head widen the interval, and leave the distance', () => {
  const camera = { focalPx: 900, focalError: 0.02 };
  const sure = distanceOf(eyes(50), camera);
  const scattered = distanceOf(eyes(50, 0, 0.15), camera);
  const turned = distanceOf(eyes(50 * Math.cos(Math.PI / 4), 45), camera);
  assert.ok(sure && scattered && turned);
  for (const wider of [scattered, turned]) {
    assert.ok(Math.abs(wider.distanceM - sure.distanceM) < 1e-9);
    assert.ok(wider.minM < sure.minM && wider.maxM > sure.maxM);
  }
});

test('no interval begins behind the camera', () => {
  const hopeless = distanceOf(eyes(50, 0, 3), { focalPx: 900, focalError: 0.15 });
  assert.equal(hopeless?.minM, 0);
});

test('what cannot be measured is said to be unknown', () => {
  const camera = { focalPx: 900, focalError: 0.02 };
  assert.equal(distanceOf(eyes(3), camera), undefined);
  assert.equal(distanceOf(eyes(50, 75), camera), undefined);
  assert.equal(distanceOf(eyes(50, Number.NaN), camera), undefined);
  assert.equal(distanceOf(eyes(Number.NaN), camera), undefined);
  assert.equal(distanceOf(eyes(50), { focalPx: Number.NaN, focalError: 0 }), undefined);
});

test('focal lengths: 60° over 640 px, and a 28 mm equivalent', () => {
  assert.ok(Math.abs(focalFromHfov(640, 60) - 554.256) < 0.01);
  assert.ok(Math.abs(focalFrom35mm(3600, 2400, 28) - (28 / 43.27) * Math.hypot(3600, 2400)) < 1e-9);
});
