// How far one look at the eyes lies from the mean of several, for the intervals of distances (docs/accuracy.md).
//
//   LIMEN_MODELS_PATH=../shared/models node --import tsx scripts/measure-looks.ts human OUT/distance
//
// Of the largest face of each picture that is told with fair confidence: the detector's own points, and the first look of
// the dense landmarks, against `gaugeEyes`.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Point } from '../src/core/image.ts';
import { loadPack } from '../src/drivers/inference/packs/load-pack.ts';
import { SharpImageDecoder } from '../src/drivers/media/image-decoder.ts';
import { eyesApart } from '../src/vision/distance.ts';
import { poseOf } from '../src/vision/pose.ts';
import { measuringRoom } from './measuring-room.ts';

/** Corners of the right and the left eye in the mesh. */
const CORNERS = { right: [33, 133], left: [263, 362] } as const;

const [packName = 'human', folder = '../shared/faces'] = process.argv.slice(2);
const pack = await loadPack(packName);
const room = await measuringRoom(pack);
const decoder = new SharpImageDecoder();
const errors = { detector: [] as number[], firstLook: [] as number[], yaw: [] as number[] };
const files = (await readdir(folder, { recursive: true })).filter((file) => /\.(jpe?g|png)$/i.test(file));
for (const file of files.sort()) {
  const decoded = await decoder.decode(await readFile(join(folder, file)));
  if (!decoded.ok) continue;
  const { image } = decoded;
  const faces = await room.engine.detect(image, 'request');
  const [face] = faces.sort((a, b) => b.box.width * b.box.height - a.box.width * a.box.height);
  const eyes = face && (await room.engine.gaugeEyes(image, face, 'request'));
  const mesh = face && (await room.engine.mesh(image, face, 'request'));
  if (face === undefined || eyes?.confidence !== 'fair' || mesh === undefined) continue;
  errors.detector.push(Math.log(eyesApart(face.points) / eyes.apartPx));
  errors.firstLook.push(Math.log(apart(mesh) / eyes.apartPx));
  errors.yaw.push(poseOf(face.points).yawDeg - eyes.yawDeg);
}
await room.stop();

const print = (line: string) => process.stdout.write(`${line}\n`);
print(`${errors.yaw.length} faces of ${files.length} pictures, pack ${pack.name}; standard deviations:`);
print(`eye distance by the detector's points: ${(100 * deviation(errors.detector)).toFixed(1)} %`);
print(
  `eye distance by the landmarks' first look: ${(100 * deviation(errors.firstLook)).toFixed(1)} %, ` +
    `or ${(148.26 * median(errors.firstLook.map(Math.abs))).toFixed(1)} % by the median`,
);
print(`yaw by the detector's points: ${deviation(errors.yaw).toFixed(1)}°`);

function apart(mesh: readonly Point[]): number {
  const centre = ([from, to]: readonly [number, number]) => {
    const [a, b] = [mesh[from] as Point, mesh[to] as Point];
    return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
  };
  const [right, left] = [centre(CORNERS.right), centre(CORNERS.left)];
  return Math.hypot(left.x - right.x, left.y - right.y);
}

/** About zero: what the looks are off by in the mean counts, too. */
function deviation(values: readonly number[]): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
