import assert from 'node:assert/strict';
import { test } from 'node:test';
import { centred, cosine, normalise } from '../../src/core/embedding.ts';

const MEAN = [0.6, 0.8, 0];

test('what all faces share no longer makes strangers alike', () => {
  const faces = [Float32Array.of(1.2, 1.5, 0.5), Float32Array.of(1.1, 1.7, -0.5)].map(normalise);
  const [a, b] = faces as [Float32Array, Float32Array];
  assert.ok(cosine(a, b) > 0.8);
  const [x, y] = faces.map((face) => centred(face, { mean: MEAN, weight: 1 })) as [
    Float32Array,
    Float32Array,
  ];
  assert.ok(cosine(x, y) < 0);
  assert.ok(Math.abs(cosine(x, x) - 1) < 1e-6);
});

test('without weight an embedding stays what it was', () => {
  const face = normalise(Float32Array.of(1, 2, 3));
  const same = centred(Float32Array.from(face), { mean: MEAN, weight: 0 });
  same.forEach((value, i) => {
    assert.ok(Math.abs(value - (face[i] as number)) < 1e-6);
  });
});

test('an embedding of another length, or one that is the mean itself, matches nobody', () => {
  assert.ok(Number.isNaN(cosine(...twice(centred(Float32Array.of(1, 0), { mean: MEAN, weight: 0.5 })))));
  assert.ok(
    Number.isNaN(cosine(...twice(centred(Float32Array.of(0.5, 0.5), { mean: [0.5, 0.5], weight: 1 })))),
  );
});

function twice(vector: Float32Array): [Float32Array, Float32Array] {
  return [vector, vector];
}
