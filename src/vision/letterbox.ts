import type { Point } from '../core/image.ts';
import type { Affine } from './affine.ts';

export interface Letterbox {
  /** Network input pixel → picture pixel. */
  readonly toSource: Affine;
  /** Picture pixels per input pixel. */
  readonly scale: number;
}

/** Fits a whole picture into the middle of an input, aspect kept, the rest black. `zoom` below 1 leaves a margin. */
export function letterbox(
  image: { readonly width: number; readonly height: number },
  width: number,
  height: number,
  zoom = 1,
): Letterbox {
  const scale = Math.max(image.width / width, image.height / height) / zoom;
  const tx = (image.width - width * scale) / 2;
  const ty = (image.height - height * scale) / 2;
  return { scale, toSource: { a: scale, b: 0, tx, c: 0, d: scale, ty } };
}

export function toPicture(box: Letterbox, p: Point): Point {
  return { x: p.x * box.scale + box.toSource.tx, y: p.y * box.scale + box.toSource.ty };
}
