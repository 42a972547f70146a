import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyAffine } from '../../src/vision/affine.ts';
import { boxAround, meshCrop } from '../../src/vision/facemesh.ts';

test('the box around points holds them all and is no larger', () => {
  const points = [
    { x: 3, y: -2 },
    { x: -1, y: 5 },
    { x: 2, y: 2 },
  ];
  assert.deepEqual(boxAround(points), { x: -1, y: -2, width: 4, height: 7 });
});

const FACE = {
  box: { x: 100, y: 60, width: 80, height: 100 },
  points: {
    rightEye: { x: 120, y: 100 },
    leftEye: { x: 160, y: 100 },
    nose: { x: 140, y: 120 },
    mouth: { x: 140, y: 140 },
  },
};

test('the crop is one and a half times the box, around its middle, or more or less of that', () => {
  const at = (x: number, y: number, scale = 1) => applyAffine(meshCrop(FACE, 192, { scale }), { x, y });
  const isNear = (p: { x: number; y: number }, x: number, y: number) =>
    assert.ok(Math.hypot(p.x - x, p.y - y) < 1e-9, JSON.stringify(p));
  isNear(at(96, 96), 140, 110);
  isNear(at(0, 0), 65, 35);
  isNear(at(192, 192, 2), 290, 260);
});

test('mirrored, left and right change places; turned, what was to the right is below', () => {
  const at = (x: number, y: number, look: Parameters<typeof meshCrop>[2]) =>
    applyAffine(meshCrop(FACE, 192, look), { x, y });
  const { x, y } = at(0, 0, { mirrored: true });
  assert.ok(Math.abs(x - 215) < 1e-9 && Math.abs(y - 35) < 1e-9);
  const turned = at(192, 96, { turnDeg: 90 });
  assert.ok(Math.abs(turned.x - 140) < 1e-9 && Math.abs(turned.y - 185) < 1e-9);
});
