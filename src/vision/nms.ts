import type { Box } from '../core/image.ts';

/**
 * A box that lies with more than this part of its area inside a better one is the same face. In `faces` and every third
 * picture of LFW the doubles of one face that BlazeFace tells lay inside by 0.51 to 1.00 (17, all but one from 0.67 on),
 * neighbours by at most 0.42.
 */
const MAX_INSIDE = 0.6;

/** Intersection over union, 0 … 1. */
export function iou(a: Box, b: Box): number {
  const common = intersection(a, b);
  return common === 0 ? 0 : common / (area(a) + area(b) - common);
}

/** Part of the smaller box that lies in the other, 0 … 1. */
export function insideness(a: Box, b: Box): number {
  const common = intersection(a, b);
  return common === 0 ? 0 : common / Math.min(area(a), area(b));
}

/**
 * Keeps the best-scoring of every group of boxes that overlap by more than `maxIou`, or of which one lies in the other;
 * best first.
 */
export function nonMaximumSuppression<T extends { readonly box: Box; readonly score: number }>(
  candidates: readonly T[],
  maxIou: number,
): T[] {
  const kept: T[] = [];
  const apart = (a: Box, b: Box) => iou(a, b) <= maxIou && insideness(a, b) <= MAX_INSIDE;
  for (const candidate of [...candidates].sort((a, b) => b.score - a.score)) {
    if (kept.every((other) => apart(candidate.box, other.box))) kept.push(candidate);
  }
  return kept;
}

function intersection(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return width <= 0 || height <= 0 ? 0 : width * height;
}

function area({ width, height }: Box): number {
  return width * height;
}
