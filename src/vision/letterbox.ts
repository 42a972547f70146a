import type { Box, Point } from '../core/image.ts';
import type { Affine } from './affine.ts';

export interface Letterbox {
  /** Network input pixel → picture pixel. */
  readonly toSource: Affine;
  /** Picture pixels per input pixel. */
  readonly scale: number;
}

/**
 * Fits a part of a picture into the middle of an input, aspect kept; beyond it lies the rest of the picture, beyond that
 * black. `zoom` below 1 leaves a margin.
 */
export function letterbox(part: Box, width: number, height: number, zoom = 1): Letterbox {
  const scale = Math.max(part.width / width, part.height / height) / zoom;
  const tx = part.x + (part.width - width * scale) / 2;
  const ty = part.y + (part.height - height * scale) / 2;
  return { scale, toSource: { a: scale, b: 0, tx, c: 0, d: scale, ty } };
}

export function toPicture(box: Letterbox, p: Point): Point {
  return { x: p.x * box.scale + box.toSource.tx, y: p.y * box.scale + box.toSource.ty };
}
