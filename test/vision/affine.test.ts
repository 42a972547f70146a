import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { applyAffine, invertAffine, similarityBetween } from '../../src/vision/affine.ts';

const coordinate = fc.double({ min: -500, max: 500, noNaN: true });
const point = fc.record({ x: coordinate, y: coordinate });

test('a similarity is recovered from the points it has moved', () => {
  fc.assert(
    fc.property(
      fc.array(point, { minLength: 3, maxLength: 8 }),
      fc.double({ min: -Math.PI, max: Math.PI, noNaN: true }),
      fc.double({ min: 0.1, max: 10, noNaN: true }),
      point,
      (from, angle, scale, shift) => {
        const spread = Math.max(
          ...from.map((p) => Math.hypot(p.x - (from[0]?.x ?? 0), p.y - (from[0]?.y ?? 0))),
        );
        fc.pre(spread > 1);
        const [a, c] = [scale * Math.cos(angle), scale * Math.sin(angle)];
        const truth = { a, b: -c, tx: shift.x, c, d: a, ty: shift.y };
        const found = similarityBetween(
          from,
          from.map((p) => applyAffine(truth, p)),
        );
        for (const p of from) {
          const [expected, got] = [applyAffine(truth, p), applyAffine(found, p)];
          assert.ok(Math.hypot(expected.x - got.x, expected.y - got.y) < 1e-6 * scale * 1000);
        }
      },
    ),
  );
});

test('the inverse undoes a map', () => {
  const map = { a: 2, b: -0.5, tx: 10, c: 0.25, d: 1.5, ty: -3 };
  const back = applyAffine(invertAffine(map), applyAffine(map, { x: 7, y: 11 }));
  assert.ok(Math.hypot(back.x - 7, back.y - 11) < 1e-9);
});

test('reflections are not used: mirrored points give a rotation with the least error instead', () => {
  const from = [
    { x: 0, y: 0 },
    { x: 10, y: 0 },
    { x: 0, y: 5 },
  ];
  const found = similarityBetween(
    from,
    from.map((p) => ({ x: -p.x, y: p.y })),
  );
  assert.ok(found.a * found.d - found.b * found.c > 0);
});
