// How much of a face's motion a flat thing that turns would explain.
import type { Point } from '../../src/core/image.ts';

/** Every sixth of the 468 points: enough for eight unknowns. */
const EVERY = 6;

export interface FlatMotion {
  /** How much one direction was stretched beside the other: 0 for a thing that only moves, comes nearer or rolls. */
  readonly turned: number;
  /** What the best homography leaves, root mean square, in distances of the eyes. */
  readonly residual: number;
}

/** Between two sights of the dense landmarks of one face. */
export function flatMotion(before: readonly Point[], after: readonly Point[]): FlatMotion {
  const from = normalised(before);
  const to = normalised(after);
  const h = homography(from, to);
  const off = from.map(({ x, y }, i) => {
    const w = (h[6] as number) * x + (h[7] as number) * y + 1;
    const px = ((h[0] as number) * x + (h[1] as number) * y + (h[2] as number)) / w;
    const py = ((h[3] as number) * x + (h[4] as number) * y + (h[5] as number)) / w;
    return (px - (to[i] as Point).x) ** 2 + (py - (to[i] as Point).y) ** 2;
  });
  return { turned: stretch(from, to), residual: Math.sqrt(off.reduce((sum, v) => sum + v, 0) / off.length) };
}

/** About the centre, the outer corners of the eyes 1.4 apart: in distances of the eyes, roughly. */
function normalised(mesh: readonly Point[]): Point[] {
  const [right, left] = [mesh[33] as Point, mesh[263] as Point];
  const unit = Math.hypot(left.x - right.x, left.y - right.y) / 1.4;
  const some = mesh.filter((_, i) => i % EVERY === 0);
  const centre = some.reduce((sum, p) => ({ x: sum.x + p.x / some.length, y: sum.y + p.y / some.length }), {
    x: 0,
    y: 0,
  });
  return some.map((p) => ({ x: (p.x - centre.x) / unit, y: (p.y - centre.y) / unit }));
}

/** Ratio of the singular values of the best linear map, less 1. */
function stretch(from: readonly Point[], to: readonly Point[]): number {
  const rows = from.map(({ x, y }) => [x, y]);
  const [a, b] = leastSquares(
    rows,
    to.map(({ x }) => x),
  ) as [number, number];
  const [c, d] = leastSquares(
    rows,
    to.map(({ y }) => y),
  ) as [number, number];
  const [sum, det] = [a * a + b * b + c * c + d * d, Math.abs(a * d - b * c)];
  const root = Math.sqrt(Math.max(0, sum * sum - 4 * det * det));
  return Math.sqrt((sum + root) / (sum - root)) - 1;
}

function homography(from: readonly Point[], to: readonly Point[]): number[] {
  const rows = from.flatMap(({ x, y }, i) => {
    const { x: u, y: v } = to[i] as Point;
    return [
      [x, y, 1, 0, 0, 0, -u * x, -u * y],
      [0, 0, 0, x, y, 1, -v * x, -v * y],
    ];
  });
  return leastSquares(
    rows,
    to.flatMap(({ x, y }) => [x, y]),
  );
}

/** Normal equations by Gauss with pivots. */
export function leastSquares(rows: readonly (readonly number[])[], right: readonly number[]): number[] {
  const n = rows[0]?.length ?? 0;
  const m = Array.from({ length: n }, (_, i) => [
    ...Array.from({ length: n }, (_, j) => rows.reduce((sum, row) => sum + at(row, i) * at(row, j), 0)),
    rows.reduce((sum, row, k) => sum + at(row, i) * at(right, k), 0),
  ]);
  for (let i = 0; i < n; i++) {
    const pivot = m
      .slice(i)
      .reduce((best, row, k) => (Math.abs(at(row, i)) > Math.abs(at(m[best], i)) ? i + k : best), i);
    [m[i], m[pivot]] = [m[pivot] as number[], m[i] as number[]];
    for (const row of m.slice(i + 1)) {
      const factor = at(row, i) / at(m[i], i);
      for (let k = i; k <= n; k++) row[k] = at(row, k) - factor * at(m[i], k);
    }
  }
  const solved = new Array<number>(n).fill(0);
  for (let i = n - 1; i >= 0; i--) {
    const known = solved.reduce((sum, value, k) => (k > i ? sum + value * at(m[i], k) : sum), 0);
    solved[i] = (at(m[i], n) - known) / at(m[i], i);
  }
  return solved;
}

function at(values: readonly number[] | undefined, i: number): number {
  return values?.[i] as number;
}
