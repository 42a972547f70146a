// Photographs as somebody would hold them before a camera, made by computation: a flat sheet that turns and moves before
// a background, blurred and with noise. No paper, ink, screen or light: what the networks know of those is not in it.
import type { RgbImage } from '../../src/core/image.ts';

export type Sheet = 'white margin' | 'black bezel' | 'no margin';

export interface Print {
  readonly sheet: Sheet;
  /** Degrees that it turns to either side; 0 is held still but for a tremor. */
  readonly turnDeg: number;
  readonly seed: number;
}

const FOCAL_PX = 700;
const [WIDTH, HEIGHT] = [640, 480];
const MARGIN: Record<Sheet, readonly [number, number]> = {
  'white margin': [16, 235],
  'black bezel': [18, 18],
  'no margin': [0, 0],
};

/** The frames of `seconds` at `fps`; the background is repeated to 640×480. */
export function* framesOf(
  photo: RgbImage,
  background: RgbImage,
  print: Print,
  { seconds = 3, fps = 8 } = {},
): Generator<RgbImage & { readonly atMs: number }> {
  const random = randomOf(print.seed);
  const wave = (amount: number) => {
    const parts = [0, 1, 2].map(() => [0.15 + random() * 0.5, random() * 2 * Math.PI] as const);
    return (t: number) =>
      (amount / 2) * parts.reduce((sum, [hz, from]) => sum + Math.sin(2 * Math.PI * hz * t + from), 0);
  };
  const radians = (print.turnDeg * Math.PI) / 180;
  const still = print.turnDeg === 0 ? 0.08 : 1;
  const [yaw, pitch, roll] = [wave(radians || 0.03), wave(radians / 2 || 0.02), wave(0.17 * still)];
  const [dx, dy, nearer] = [wave(45 * still), wave(22 * still), wave(0.1 * still)];
  const size = 1 + random() * 0.4;
  const sheet = withMargin(photo, print.sheet);
  for (let n = 0; n < seconds * fps; n++) {
    const t = n / fps;
    const turn = rotation(yaw(t), pitch(t), roll(t));
    const scale = size * (1 + nearer(t));
    const centre = { x: WIDTH / 2 + dx(t), y: HEIGHT / 2 + 10 + dy(t) };
    yield { ...shown(sheet, background, turn, scale, centre, random), atMs: t * 1_000 };
  }
}

function shown(
  sheet: RgbImage,
  background: RgbImage,
  turn: readonly number[],
  scale: number,
  centre: { readonly x: number; readonly y: number },
  random: () => number,
): RgbImage {
  const sharp = new Float32Array(WIDTH * HEIGHT * 3);
  const r = turn as [number, number, number, number, number, number];
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      // the ray through this pixel meets the plane that the first two columns of the rotation span
      const [px, py] = [(x + 0.5 - centre.x) / FOCAL_PX, (y + 0.5 - centre.y) / FOCAL_PX];
      const [a, b, c, d] = [r[0] - px * r[4], r[1] - px * r[5], r[2] - py * r[4], r[3] - py * r[5]];
      const det = (a * d - b * c) * scale;
      const u = (FOCAL_PX * (px * d - py * b)) / det + sheet.width / 2;
      const v = (FOCAL_PX * (py * a - px * c)) / det + sheet.height / 2;
      const from =
        u >= 0.5 && v >= 0.5 && u < sheet.width - 1 && v < sheet.height - 1
          ? sampled(sheet, u - 0.5, v - 0.5)
          : pixel(background, x % background.width, y % background.height);
      sharp.set(from, (y * WIDTH + x) * 3);
    }
  }
  const data = new Uint8Array(sharp.length);
  for (let i = 0; i < data.length; i++) {
    const about = [i, i - 3, i + 3, i - WIDTH * 3, i + WIDTH * 3].map(
      (j) => sharp[j] ?? (sharp[i] as number),
    );
    const noise = (random() + random() + random() - 1.5) * 6;
    data[i] = Math.max(0, Math.min(255, about.reduce((sum, value) => sum + value, 0) / 5 + noise));
  }
  return { width: WIDTH, height: HEIGHT, data };
}

/** First two columns, row by row: x of u and v, y of u and v, depth of u and v. */
function rotation(yaw: number, pitch: number, roll: number): number[] {
  const [cy, sy, cp, sp] = [Math.cos(yaw), Math.sin(yaw), Math.cos(pitch), Math.sin(pitch)];
  const [cr, sr] = [Math.cos(roll), Math.sin(roll)];
  const [u, v] = [
    [cy, sp * sy, -cp * sy],
    [0, cp, sp],
  ] as [number[], number[]];
  const rolled = ([x = 0, y = 0, z = 0]: number[]) => [cr * x - sr * y, sr * x + cr * y, z];
  const [ru, rv] = [rolled(u), rolled(v)];
  return [ru[0], rv[0], ru[1], rv[1], ru[2], rv[2]] as number[];
}

function withMargin(photo: RgbImage, sheet: Sheet): RgbImage {
  const [margin, shade] = MARGIN[sheet];
  const [width, height] = [photo.width + 2 * margin, photo.height + 2 * margin];
  const data = new Uint8Array(width * height * 3).fill(shade);
  for (let y = 0; y < photo.height; y++) {
    const row = photo.data.subarray(y * photo.width * 3, (y + 1) * photo.width * 3);
    data.set(row, ((y + margin) * width + margin) * 3);
  }
  return { width, height, data };
}

function sampled(image: RgbImage, u: number, v: number): number[] {
  const [x, y] = [Math.floor(u), Math.floor(v)];
  const [fx, fy] = [u - x, v - y];
  const [p, q, r, s] = [
    pixel(image, x, y),
    pixel(image, x + 1, y),
    pixel(image, x, y + 1),
    pixel(image, x + 1, y + 1),
  ];
  return [0, 1, 2].map(
    (c) =>
      ((p[c] as number) * (1 - fx) + (q[c] as number) * fx) * (1 - fy) +
      ((r[c] as number) * (1 - fx) + (s[c] as number) * fx) * fy,
  );
}

function pixel({ width, data }: RgbImage, x: number, y: number): Uint8Array {
  return data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3);
}

/** Numbers 0 … 1 that are the same in every run (Park and Miller, 1988). */
export function randomOf(seed: number): () => number {
  let state = (seed % 2_147_483_646) + 1;
  return () => {
    state = (state * 16_807) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
