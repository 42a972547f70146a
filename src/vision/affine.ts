import type { Point } from '../core/image.ts';

/** x' = a·x + b·y + tx, y' = c·x + d·y + ty */
export interface Affine {
  readonly a: number;
  readonly b: number;
  readonly tx: number;
  readonly c: number;
  readonly d: number;
  readonly ty: number;
}

export function applyAffine(m: Affine, p: Point): Point {
  return { x: m.a * p.x + m.b * p.y + m.tx, y: m.c * p.x + m.d * p.y + m.ty };
}

/** The inverse map; non-finite numbers when `m` is singular. */
export function invertAffine(m: Affine): Affine {
  const det = m.a * m.d - m.b * m.c;
  const [a, b, c, d] = [m.d / det, -m.b / det, -m.c / det, m.a / det];
  return { a, b, c, d, tx: -(a * m.tx + b * m.ty), ty: -(c * m.tx + d * m.ty) };
}

/**
 * The similarity (rotation, uniform scale, translation) that maps `from` onto `to` with the least squared error,
 * reflections excluded (Umeyama, "Least-squares estimation of transformation parameters between two point
 * patterns", 1991; in two dimensions it has this closed form). Needs two or more distinct points.
 */
export function similarityBetween(from: readonly Point[], to: readonly Point[]): Affine {
  const [fromMean, toMean] = [mean(from), mean(to)];
  let [dot, cross, norm] = [0, 0, 0];
  for (let i = 0; i < from.length; i++) {
    const [p, q] = [from[i] as Point, to[i] as Point];
    const [px, py, qx, qy] = [p.x - fromMean.x, p.y - fromMean.y, q.x - toMean.x, q.y - toMean.y];
    dot += px * qx + py * qy;
    cross += px * qy - py * qx;
    norm += px * px + py * py;
  }
  const [a, c] = [dot / norm, cross / norm];
  return {
    a,
    b: -c,
    tx: toMean.x - (a * fromMean.x - c * fromMean.y),
    c,
    d: a,
    ty: toMean.y - (c * fromMean.x + a * fromMean.y),
  };
}

function mean(points: readonly Point[]): Point {
  const sum = points.reduce((s, p) => ({ x: s.x + p.x, y: s.y + p.y }), { x: 0, y: 0 });
  return { x: sum.x / points.length, y: sum.y / points.length };
}
