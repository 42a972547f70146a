// What the iris says of a distance beside the eyes' distance, for docs/accuracy.md.
//
//   LIMEN_MODELS_PATH=../shared/models node --import tsx scripts/measure-iris.ts human ../shared/faces [OVERLAYS]
//
// FOLDER holds INDEX.csv with the columns `file` and `person`. Looked at are faces seen well, turned by at most 25°, whose
// irises span 12 px or more. Each person has one true ratio of iris to eye distance: by how much it changes from picture to
// picture is the error of measuring it, whatever that person's eyes are like. OVERLAYS gets a picture of every pair of eyes
// with the circle that was measured.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseCsv } from '../src/api/cli/csv.ts';
import type { DetectedFace } from '../src/core/face.ts';
import type { Point, RgbImage } from '../src/core/image.ts';
import { type InputSpec, inputDims } from '../src/core/model-pack.ts';
import type { InferenceRuntime } from '../src/core/ports/inference.ts';
import { loadPack } from '../src/drivers/inference/packs/load-pack.ts';
import { SharpImageDecoder } from '../src/drivers/media/image-decoder.ts';
import { encodeJpeg, placeImage, plainImage, resizeImage } from '../src/drivers/media/image-edit.ts';
import { gaugeEyes } from '../src/services/recognition/eye-gauge.ts';
import { inputTensor } from '../src/services/recognition/input-tensor.ts';
import { Landmarker } from '../src/services/recognition/landmarker.ts';
import { type Affine, applyAffine } from '../src/vision/affine.ts';
import { boxAround } from '../src/vision/facemesh.ts';
import { warpToImage, warpToTensor } from '../src/vision/warp.ts';
import { measuringPaths, measuringRoom, measuringRuntime } from './measuring-room.ts';
import { describe, spreadWithin } from './ratio-spread.ts';

const MIN_IRIS_PX = 12;
const MAX_YAW_DEG = 25;
const SCALES = [0.5, 0.6, 0.8, 1.2, 1.6];
/** The corners of the eyes in the mesh, from left to right in the picture. */
const CORNERS = { right: [33, 133], left: [362, 263] } as const;
/** Side of the crop in eye widths, as MediaPipe cuts it; two more to average over. */
const CROPS = [2.3, 2.3 * 0.85, 2.3 * 1.2];
/** Of the network's 76 points the last five are the iris: its centre, right, top, left, bottom. */
const IRIS_FROM = 71;
/** Human iris and eye distance: mean, and standard deviation over adults, mm. */
const IRIS_MM = { mean: 11.7, deviation: 0.5 };
const EYES_MM = { mean: 63, deviation: 3.6 };

const [packName = 'human', root = '../shared/faces', overlays] = process.argv.slice(2);
const print = (line: string) => process.stdout.write(`${line}\n`);
const pack = await loadPack(packName);
const { landmarks, iris: irisSpec } = pack;
if (landmarks === undefined || irisSpec === undefined)
  throw new Error(`pack ${pack.name} has no iris network`);
const room = await measuringRoom(pack);
const runtime = await measuringRuntime();
const landmarker = new Landmarker(landmarks, await load(runtime, landmarks.model, landmarks.input));
const irisModel = await load(runtime, irisSpec.model, irisSpec.input);
const irisInput = inputTensor(irisSpec.input);

interface Reading {
  readonly person: string;
  readonly scale: number;
  /** Diameters and the distance of the eyes from the front, px of the unscaled picture. */
  readonly right: number;
  readonly left: number;
  readonly eyes: number;
}

const decoder = new SharpImageDecoder();
const readings: Reading[] = [];
const rescaled = new Map<number, number[]>();
if (overlays !== undefined) await mkdir(overlays, { recursive: true });
const rows = parseCsv(await readFile(join(root, 'INDEX.csv'), 'utf8'), ['file', 'person'], 'INDEX.csv');
for (const { file, person } of rows) {
  if (!/\.(jpe?g|png)$/i.test(file) || file.startsWith('odd/')) continue;
  const decoded = await decoder.decode(await readFile(join(root, file)));
  if (!decoded.ok) continue;
  for (const [i, face] of (await room.engine.detect(decoded.image, 'request')).entries()) {
    // 12 px of iris are 65 px between the eyes, in a face about twice as wide
    if (face.box.width < 115) continue;
    const whole = await read(decoded.image, face, 1, `${file.replace(/\W+/g, '-')}-${i}`);
    if (whole === undefined) continue;
    readings.push({ person: person === '' ? `${file}#${i}` : person, ...whole });
    for (const scale of SCALES) {
      const size = { width: decoded.image.width * scale, height: decoded.image.height * scale };
      const again = await read(await resizeImage(decoded.image, size), scaled(face, scale), scale);
      if (again === undefined) continue;
      const change = Math.log((again.right + again.left) / (whole.right + whole.left));
      rescaled.set(scale, [...(rescaled.get(scale) ?? []), change]);
    }
  }
}
await runtime.close();
await room.stop();

print(`${readings.length} faces with an iris of ${MIN_IRIS_PX} px or more, pack ${pack.name}`);
const ratios = readings.map(({ right, left, eyes }) =>
  Math.log(IRIS_MM.mean / ((right + left) / 2) / (EYES_MM.mean / eyes)),
);
print(`distance by the iris over distance by the eyes: ${describe(ratios)}`);
print(`right iris over left: ${describe(readings.map(({ right, left }) => Math.log(right / left)))}`);
for (const [scale, changes] of [...rescaled].sort(([a], [b]) => a - b)) {
  const worst = Math.max(...changes.map(Math.abs));
  print(
    `iris of the same face at ${scale} times the size: ${changes.length} faces, worst ${percent(worst)} %`,
  );
}
const spread = spreadWithin(readings.map(({ person }, i) => ({ person, value: ratios[i] as number })));
print(
  `one person's ratio from picture to picture: standard deviation ${percent(spread.within)} % ` +
    `(95 %: ${percent(spread.low)}–${percent(spread.high)}; ${spread.people} people, ${spread.pictures} pictures)`,
);
const [eyes, iris] = [EYES_MM.deviation / EYES_MM.mean, IRIS_MM.deviation / IRIS_MM.mean];
print(
  `between people: ${percent(spread.between)} %; adults' eyes and irises, if they vary independently: ` +
    `${percent(Math.hypot(eyes, iris))} %`,
);
for (const [name, error] of [
  ['measured', spread.within],
  ['at best', spread.low],
] as const) {
  const byIris = Math.hypot(iris, error);
  const fused = 1 / Math.hypot(1 / eyes, 1 / byIris);
  print(
    `${name}: the iris alone ± ${percent(byIris)} %, the eyes alone ± ${percent(eyes)} %, ` +
      `both by inverse variance ± ${percent(fused)} % if independent`,
  );
}

/** Both irises and the eyes of one face; undefined where it is not seen well or its irises are too small. */
async function read(
  image: RgbImage,
  detected: DetectedFace,
  scale: number,
  overlayName?: string,
): Promise<Omit<Reading, 'person'> | undefined> {
  const gauged = await gaugeEyes((face, look) => landmarker.look(image, face, look), detected);
  if (gauged.confidence === 'low' || Math.abs(gauged.yawDeg) > MAX_YAW_DEG) return undefined;
  let { mesh } = await landmarker.look(image, detected, {});
  for (let i = 0; i < 3; i++) {
    const around = { box: boxAround(mesh.mesh), points: mesh.points };
    mesh = (await landmarker.look(image, around, {})).mesh;
  }
  const [right, left] = [await irisAt('right'), await irisAt('left')];
  if ((right.diameter + left.diameter) / 2 < MIN_IRIS_PX) return undefined;
  if (overlays !== undefined && overlayName !== undefined) {
    await writeFile(join(overlays, `${overlayName}.jpg`), await overlayOf(image, [right, left]));
  }
  return {
    scale,
    right: right.diameter / scale,
    left: left.diameter / scale,
    eyes: gauged.apartPx / Math.cos((gauged.yawDeg * Math.PI) / 180) / scale,
  };

  async function irisAt(eye: 'right' | 'left'): Promise<Circle> {
    const [from, to] = CORNERS[eye].map((i) => mesh.mesh[i] as Point) as [Point, Point];
    const circles: Circle[] = [];
    // the network knows left eyes: the right one is shown to it in a mirror
    for (const side of CROPS) circles.push(await irisIn(image, eyeCrop(from, to, side, eye === 'right')));
    const diameter = circles.reduce((sum, circle) => sum + circle.diameter, 0) / circles.length;
    return { ...(circles[0] as Circle), diameter };
  }
}

interface Circle {
  readonly centre: Point;
  /** Mean of its width and height. */
  readonly diameter: number;
}

async function irisIn(image: RgbImage, crop: Affine): Promise<Circle> {
  const { input } = irisSpec as NonNullable<typeof irisSpec>;
  warpToTensor(image, crop, input, irisInput.data);
  const outputs = await irisModel.run({ [input.tensor]: irisInput });
  // one output of 76 points, or the eye's 71 and the iris' 5 apart
  const values = Object.entries(outputs).find(([name]) => /iris/.test(name)) ?? Object.entries(outputs)[0];
  const data = values?.[1].data ?? new Float32Array();
  const from = data.length > 15 ? IRIS_FROM : 0;
  const at = (i: number) =>
    applyAffine(crop, { x: data[(from + i) * 3] ?? Number.NaN, y: data[(from + i) * 3 + 1] ?? Number.NaN });
  const apart = (a: Point, b: Point) => Math.hypot(a.x - b.x, a.y - b.y);
  return { centre: at(0), diameter: (apart(at(1), at(3)) + apart(at(2), at(4))) / 2 };
}

/** Crop pixel → picture pixel: a square of `side` eye widths around the eye, its corners level. */
function eyeCrop(from: Point, to: Point, side: number, isMirrored: boolean): Affine {
  const size = irisSpec?.input.width ?? 64;
  const [a, c] = [((to.x - from.x) * side) / size, ((to.y - from.y) * side) / size];
  const centre = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
  const flip = isMirrored ? -1 : 1;
  const tx = centre.x - ((flip * a - c) * size) / 2;
  const ty = centre.y - ((flip * c + a) * size) / 2;
  return { a: flip * a, b: -c, tx, c: flip * c, d: a, ty };
}

function scaled({ box, points, score }: DetectedFace, by: number): DetectedFace {
  const at = ({ x, y }: Point) => ({ x: x * by, y: y * by });
  const { rightEye, leftEye, nose, mouth } = points;
  return {
    score,
    box: { ...at(box), width: box.width * by, height: box.height * by },
    points: { rightEye: at(rightEye), leftEye: at(leftEye), nose: at(nose), mouth: at(mouth) },
  };
}

/** Both eyes side by side, 120 px wide irises, with the circles that were measured. */
function overlayOf(image: RgbImage, circles: readonly Circle[]): Promise<Uint8Array> {
  const [width, height] = [480, 240];
  let sheet = plainImage(width * circles.length, height, [0, 0, 0]);
  for (const [i, { centre, diameter }] of circles.entries()) {
    const by = diameter / 120;
    const [tx, ty] = [centre.x - (width / 2) * by, centre.y - (height / 2) * by];
    const eye = warpToImage(image, { a: by, b: 0, tx, c: 0, d: by, ty }, width, height);
    for (let step = 0; step < 720; step++) {
      const x = Math.round(width / 2 + 60 * Math.cos((step * Math.PI) / 360));
      const y = Math.round(height / 2 + 60 * Math.sin((step * Math.PI) / 360));
      eye.data.set([0, 255, 0], (y * width + x) * 3);
    }
    sheet = placeImage(sheet, eye, { x: i * width, y: 0 });
  }
  return encodeJpeg(sheet);
}

async function load(into: InferenceRuntime, id: string, input: InputSpec) {
  const path = (await measuringPaths(pack, [id])).get(id);
  if (path === undefined) throw new Error(`${id} is not installed`);
  return into.load({ name: id, path, inputDims: { [input.tensor]: inputDims(input) } });
}

function percent(part: number): string {
  return (100 * part).toFixed(1);
}
