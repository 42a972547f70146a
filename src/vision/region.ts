import type { Point, RgbImage } from '../core/image.ts';
import { LINEAR, type LinearRgb } from './colour.ts';

/** Pixels read from one region at most; larger ones are sampled on a grid. */
const MAX_SAMPLES = 4_096;

/** The pixels inside the convex hull of `points`, in linear light; those outside the picture are left out. */
export function coloursIn(image: RgbImage, points: readonly Point[]): LinearRgb[] {
  const hull = convexHull(points);
  const [xs, ys] = [hull.map(({ x }) => x), hull.map(({ y }) => y)];
  const left = Math.max(0, Math.floor(Math.min(...xs)));
  const right = Math.min(image.width - 1, Math.ceil(Math.max(...xs)));
  const top = Math.max(0, Math.floor(Math.min(...ys)));
  const bottom = Math.min(image.height - 1, Math.ceil(Math.max(...ys)));
  const step = Math.max(1, Math.ceil(Math.sqrt(((right - left) * (bottom - top)) / MAX_SAMPLES)));
  const found: LinearRgb[] = [];
  for (let y = top; y <= bottom; y += step) {
    for (let x = left; x <= right; x += step) {
      if (inside(hull, { x: x + 0.5, y: y + 0.5 })) found.push(colourAt(image, x, y));
    }
  }
  return found;
}

export function colourAt({ data, width }: RgbImage, x: number, y: number): LinearRgb {
  const at = (y * width + x) * 3;
  const [r, g, b] = [data[at] as number, data[at + 1] as number, data[at + 2] as number];
  return { r: LINEAR[r] as number, g: LINEAR[g] as number, b: LINEAR[b] as number };
}

/** Andrew's monotone chain; every turn has the same sense. */
function convexHull(points: readonly Point[]): Point[] {
  const sorted = points.toSorted((a, b) => a.x - b.x || a.y - b.y);
  const chain = (from: readonly Point[]) => {
    const hull: Point[] = [];
    for (const point of from) {
      while (hull.length >= 2 && turn(hull.at(-2) as Point, hull.at(-1) as Point, point) <= 0) hull.pop();
      hull.push(point);
    }
    return hull.slice(0, -1);
  };
  return [...chain(sorted), ...chain(sorted.toReversed())];
}

function turn(a: Point, b: Point, c: Point): number {
  return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

function inside(hull: readonly Point[], point: Point): boolean {
  return hull.length > 2 && hull.every((a, i) => turn(a, hull[(i + 1) % hull.length] as Point, point) >= 0);
}
