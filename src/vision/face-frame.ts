import type { Box, RgbImage } from '../core/image.ts';

/** The face is looked at this many pixels wide, with this many of its widths on every side. */
const FACE_PX = 40;
const REACH_WIDTHS = 3;
const SIDE_PX = 2 * REACH_WIDTHS * FACE_PX;
/** Luma that differs by more than this across four of these pixels is a step. */
const STEP = 12;
const HALF_STEP_PX = 2;
/** Black up to the picture's edge is no picture: bars above and below, corners of a turned one. */
const BLACK = 16;
const OUTSIDE = -1;
/** A line is straight when this part of its points shows the same step. */
const STRAIGHT = 0.9;
/** Lines are looked for up to this angle, at these steps; the sides of one frame agree within three steps. */
const MAX_DEG = 27;
const STEP_DEG = 3;
const ANGLES = (2 * MAX_DEG) / STEP_DEG + 1;
const PARALLEL = 3;
/** Where a line may begin, from the face's centre, in widths and heights of the box; it ends before the crop does. */
const NEAR = 0.6;
const FAR_WIDTHS = REACH_WIDTHS - 0.15;
/** Points that a line is looked at, in parts of the box's width or height on both sides of the face's middle. */
const HALF_LENGTH = { along: 0.75, upright: 0.7 };

const SIDES = ['left', 'right', 'top', 'bottom'] as const;
type Side = (typeof SIDES)[number];

/**
 * Whether straight edges frame the face as those of a sheet or a screen do: one below the chin, where a body would
 * interrupt whatever stands behind it, and at least two of the other sides, parallel and at right angles within 9°, all
 * darker or all brighter outside than inside. Edges further away than 2.85 widths of the face, or outside the picture,
 * are not seen.
 *
 * The figures were set on one phone, and on prints made by computation, and measured on 880 pictures and 13 tracks of
 * people: docs/accuracy.md.
 */
export function isFramed(image: RgbImage, box: Box): boolean {
  const luma = lumaAround(image, box);
  const height = Math.min(REACH_WIDTHS, box.height / box.width) * FACE_PX;
  const lines = SIDES.map((side) => linesAt(luma, side, height));
  return [0, 1].some((polarity) => {
    const [bottom, ...others] = [3, 0, 1, 2].map((side) => lines[side]?.[polarity] as Uint8Array);
    for (let angle = 0; angle < ANGLES; angle++) {
      if (bottom?.[angle] !== 1) continue;
      if (others.filter((angles) => hasNear(angles, angle)).length >= 2) return true;
    }
    return false;
  });
}

function hasNear(angles: Uint8Array, angle: number): boolean {
  return angles.subarray(Math.max(0, angle - PARALLEL), angle + PARALLEL + 1).includes(1);
}

/** Angles at which a straight line runs on one side of the face: outside darker, and outside brighter. */
function linesAt(luma: Float32Array, side: Side, height: number): readonly [Uint8Array, Uint8Array] {
  const found = [new Uint8Array(ANGLES), new Uint8Array(ANGLES)] as const;
  const upright = side === 'left' || side === 'right';
  const outwards = side === 'left' || side === 'top' ? -1 : 1;
  const [along, across] = upright ? [SIDE_PX, 1] : [1, SIDE_PX];
  const half = Math.round(upright ? height * HALF_LENGTH.upright : FACE_PX * HALF_LENGTH.along);
  const near = Math.round(NEAR * (upright ? FACE_PX : height));
  for (let angle = 0; angle < ANGLES; angle++) {
    const slope = Math.tan(((angle * STEP_DEG - MAX_DEG) * Math.PI) / 180) * (upright ? -1 : 1);
    for (let offset = near; offset <= FAR_WIDTHS * FACE_PX; offset++) {
      const line = { along, across: across * outwards, offset, slope: slope * outwards, half };
      const step = stepAlong(luma, line);
      if (step !== undefined) found[step][angle] = 1;
    }
  }
  return found;
}

interface Line {
  /** Index steps along the line and, outwards, across it. */
  readonly along: number;
  readonly across: number;
  /** Outwards from the face's centre, px, and how much further out with every pixel along. */
  readonly offset: number;
  readonly slope: number;
  readonly half: number;
}

/** 0: darker outside all along the line, 1: brighter; `undefined`: neither, or it leaves the picture. */
function stepAlong(luma: Float32Array, { along, across, offset, slope, half }: Line): 0 | 1 | undefined {
  const centre = (SIDE_PX / 2) * (SIDE_PX + 1);
  const most = Math.floor((1 - STRAIGHT) * (half + 1));
  let [notDarker, notBrighter] = [0, 0];
  for (let k = -half; k <= half; k += 2) {
    const out = Math.round(offset + k * slope);
    if (out < HALF_STEP_PX || out >= SIDE_PX / 2 - HALF_STEP_PX) return undefined;
    const at = centre + k * along + out * across;
    const inner = luma[at - HALF_STEP_PX * across] as number;
    const outer = luma[at + HALF_STEP_PX * across] as number;
    const step = inner === OUTSIDE || outer === OUTSIDE ? 0 : outer - inner;
    if (!(step < -STEP)) notDarker++;
    if (!(step > STEP)) notBrighter++;
    if (notDarker > most && notBrighter > most) return undefined;
  }
  return notDarker <= most ? 0 : 1;
}

/** The luma around a face, 0 … 255, `SIDE_PX` squared, four samples a pixel; `OUTSIDE` where there is no picture. */
function lumaAround(image: RgbImage, box: Box): Float32Array {
  const scale = box.width / FACE_PX;
  const left = box.x + box.width / 2 - REACH_WIDTHS * box.width;
  const top = box.y + box.height / 2 - REACH_WIDTHS * box.width;
  const [firstRow, lastRow] = rowsBetweenBars(image);
  const luma = new Float32Array(SIDE_PX * SIDE_PX).fill(OUTSIDE);
  for (let y = 0; y < SIDE_PX; y++) {
    const [upper, lower] = [Math.floor(top + (y + 0.25) * scale), Math.floor(top + (y + 0.75) * scale)];
    if (!(upper >= firstRow && lower <= lastRow)) continue;
    for (let x = 0; x < SIDE_PX; x++) {
      const [west, east] = [Math.floor(left + (x + 0.25) * scale), Math.floor(left + (x + 0.75) * scale)];
      if (!(west >= 0 && east < image.width)) continue;
      luma[y * SIDE_PX + x] =
        (lumaAt(image, west, upper) +
          lumaAt(image, east, upper) +
          lumaAt(image, west, lower) +
          lumaAt(image, east, lower)) /
        4;
    }
  }
  cutBlackCorners(luma);
  return luma;
}

function lumaAt({ width, data }: RgbImage, x: number, y: number): number {
  const p = (y * width + x) * 3;
  return 0.299 * (data[p] as number) + 0.587 * (data[p + 1] as number) + 0.114 * (data[p + 2] as number);
}

/** First and last row that are not black from end to end, looked at in every eighth pixel. */
function rowsBetweenBars(image: RgbImage): readonly [number, number] {
  const isBar = (y: number) => {
    for (let x = 0; x < image.width; x += 8) if (lumaAt(image, x, y) >= BLACK) return false;
    return true;
  };
  let [first, last] = [0, image.height - 1];
  while (first < last && isBar(first)) first++;
  while (last > first && isBar(last)) last--;
  return [first, last];
}

/** Grows inwards from where the picture ends, over everything that is black. */
function cutBlackCorners(luma: Float32Array): void {
  const open: number[] = [];
  const neighbours = (i: number) => [i - 1, i + 1, i - SIDE_PX, i + SIDE_PX];
  const isBlack = (i: number) => (luma[i] as number) !== OUTSIDE && (luma[i] as number) < BLACK;
  for (let i = 0; i < luma.length; i++) {
    if (isBlack(i) && neighbours(i).some((j) => luma[j] === OUTSIDE)) open.push(i);
  }
  for (let i = open.pop(); i !== undefined; i = open.pop()) {
    if (!isBlack(i)) continue;
    luma[i] = OUTSIDE;
    open.push(...neighbours(i).filter((j) => j >= 0 && j < luma.length && isBlack(j)));
  }
}
