import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RowMatrix } from '../../src/vision/row-matrix.ts';

function scores(matrix: RowMatrix, vector: Float32Array, count: number): number[] {
  const found: number[] = [];
  matrix.scan(vector, count, (index, score) => {
    assert.equal(index, found.length);
    found.push(score);
  });
  return found;
}

function plainDot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
}

const number = fc.double({ min: -1, max: 1, noNaN: true });

test('every row against the vector, whatever the length', () => {
  const cases = fc.integer({ min: 1, max: 70 }).chain((length) => {
    const row = fc
      .array(number, { minLength: length, maxLength: length })
      .map((values) => Float32Array.from(values));
    return fc.record({ vector: row, rows: fc.array(row, { maxLength: 20 }) });
  });
  fc.assert(
    fc.property(cases, ({ vector, rows }) => {
      const matrix = new RowMatrix(vector.length);
      rows.forEach((row, i) => {
        matrix.set(i, row);
      });
      const found = scores(matrix, vector, rows.length);
      assert.equal(found.length, rows.length);
      rows.forEach((row, i) => {
        assert.ok(Math.abs((found[i] as number) - plainDot(vector, row)) < 1e-4);
        assert.equal(matrix.dot(vector, i), found[i]);
      });
    }),
  );
});

test('rows keep their place while memory grows, over the borders of blocks', () => {
  const matrix = new RowMatrix(16);
  const count = 5_000;
  for (let i = 0; i < count; i++) matrix.set(i, new Float32Array(16).fill(i));
  const found = scores(matrix, Float32Array.of(1, ...new Array<number>(15).fill(0)), count);
  assert.deepEqual(
    found,
    Array.from({ length: count }, (_, i) => i),
  );
});

test('an erased row scores nothing, and so does everything once cleared', () => {
  const matrix = new RowMatrix(3);
  const vector = Float32Array.of(1, 2, 3);
  matrix.set(0, vector);
  matrix.set(1, vector);
  matrix.erase(0);
  assert.deepEqual(scores(matrix, vector, 2), [0, 14]);
  matrix.clear();
  assert.deepEqual(scores(matrix, vector, 2), [0, 0]);
});

test('what is no number gives no number, which matches nobody', () => {
  const matrix = new RowMatrix(2);
  matrix.set(0, Float32Array.of(1, 1));
  assert.ok(Number.isNaN(matrix.dot(Float32Array.of(Number.NaN, 0), 0)));
});

test('another length is a fault, not a score', () => {
  const matrix = new RowMatrix(4);
  assert.throws(() => matrix.set(0, new Float32Array(5)), RangeError);
  assert.throws(() => matrix.dot(new Float32Array(3), 0), RangeError);
});
