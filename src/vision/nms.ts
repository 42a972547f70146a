import type { Box } from '../core/image.ts';

/** Intersection over union, 0 … 1. */
export function iou(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  const intersection = width * height;
  return intersection / (a.width * a.height + b.width * b.height - intersection);
}

/** Keeps the best-scoring of every group of boxes that overlap by more than `maxIou`; best first. */
export function nonMaximumSuppression<T extends { readonly box: Box; readonly score: number }>(
  candidates: readonly T[],
  maxIou: number,
): T[] {
  const kept: T[] = [];
  for (const candidate of [...candidates].sort((a, b) => b.score - a.score)) {
    if (kept.every((other) => iou(candidate.box, other.box) <= maxIou)) kept.push(candidate);
  }
  return kept;
}
