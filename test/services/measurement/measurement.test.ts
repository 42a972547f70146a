import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, suite, test } from 'node:test';
import sharp from 'sharp';
import { resolvePaths } from '../../../src/app/models.ts';
import { RecognitionRoom } from '../../../src/app/recognition-room.ts';
import type { RgbImage } from '../../../src/core/image.ts';
import type { AnalysedFace, FaceAnalyser } from '../../../src/core/ports/face-analysis.ts';
import { openInThread } from '../../../src/drivers/inference/in-thread.ts';
import { loadPack } from '../../../src/drivers/inference/packs/load-pack.ts';
import { SharpImageDecoder } from '../../../src/drivers/media/image-decoder.ts';
import { resizeImage } from '../../../src/drivers/media/image-edit.ts';
import { MemoryPeople } from '../../../src/drivers/store/memory-people.ts';
import { Admission } from '../../../src/runtime/admission.ts';
import { ManualClock } from '../../../src/runtime/clock.ts';
import { silentLog } from '../../../src/runtime/logger.ts';
import { Measurement, nearestFirst } from '../../../src/services/measurement/measurement.ts';
import { decoded, type HumanPack, openHumanPack, PHOTOGRAPH } from '../../fixtures/package-faces.ts';
import { scratch } from '../../fixtures/scratch.ts';

const AT = { x: 0, y: 0 };
const MODELS = resolve(import.meta.dirname, '../../../../shared/models');

function measurementWith(analyser: FaceAnalyser): Measurement {
  const admission = new Admission({ clock: new ManualClock() });
  return new Measurement({ decoder: new SharpImageDecoder({}), analyser, admission });
}

function png({ width, height, data }: RgbImage): Promise<Buffer> {
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

/** The picture as it would be with another light: factors per channel in linear light. */
function under(image: RgbImage, light: readonly number[]): RgbImage {
  const data = image.data.map((value, i) => {
    const gamma = 2.4;
    const v = value / 255;
    const linear = (light[i % 3] as number) * (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** gamma);
    return Math.round(255 * (linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / gamma) - 0.055));
  });
  return { ...image, data };
}

test('the nearest is whose distance is the least, not whose box is the largest', () => {
  const face = (width: number, distanceM?: number): AnalysedFace => ({
    box: { x: 0, y: 0, width, height: width },
    score: 1,
    points: { rightEye: AT, leftEye: AT, nose: AT, mouth: AT },
    pose: { yawDeg: 0, pitchDeg: 0, rollDeg: 0 },
    quality: { overall: 1, sharpness: 100, luma: 128, eyeDistancePx: 40, yawDeg: 0 },
    ...(distanceM !== undefined && { distance: { distanceM, minM: 0, maxM: 9, source: 'ipd' } }),
  });
  const order = nearestFirst([face(100, 1.2), face(99, 1.1), face(120), face(20, 4)]);
  assert.deepEqual(
    order.map(({ box }) => box.width),
    [99, 100, 20],
  );
});

suite('measurements of a real photograph', () => {
  let pack: HumanPack;
  let photograph: RgbImage;
  let measurement: Measurement;

  before(async () => {
    pack = await openHumanPack();
    photograph = await decoded(PHOTOGRAPH);
    measurement = measurementWith(pack.recognition.analyser);
  });
  after(() => pack?.close());

  test('the tone is the same in daylight, under a bulb, in shade and in half the light', async () => {
    const tones = new Set<string>();
    for (const light of [
      [1, 1, 1],
      [1, 0.75, 0.5],
      [0.75, 0.9, 1],
      [0.5, 0.5, 0.5],
    ]) {
      const outcome = await measurement.tone({ bytes: await png(under(photograph, light)) });
      assert.equal(outcome.kind, 'tone');
      tones.add(outcome.tone);
    }
    assert.equal(tones.size, 1, [...tones].join());
  });

  test('half the picture, the same distance: the field of view is what it is', async () => {
    const half = await resizeImage(photograph, {
      width: Math.round(photograph.width / 2),
      height: Math.round(photograph.height / 2),
    });
    const [whole, smaller] = [
      await measurement.distance({ bytes: await png(photograph) }),
      await measurement.distance({ bytes: await png(half) }),
    ];
    assert.ok(whole.kind === 'distance' && smaller.kind === 'distance');
    const ratio = smaller.distance.distanceM / whole.distance.distanceM;
    assert.ok(Math.abs(ratio - 1) < 0.05, `${ratio}`);
  });
});

const skip = existsSync(join(MODELS, 'facemesh_468.onnx')) ? false : 'the recommended models are not there';
test('a pack that recognises without the mesh loads it for the first tone, once', { skip }, async (t) => {
  const modelsDir = scratch();
  const pack = await loadPack('recommended');
  const resolved: string[] = [];
  const recognition = new RecognitionRoom({
    pack,
    resolve: (ids) => {
      resolved.push(...ids);
      return resolvePaths(pack, ids, { modelsDir, searchPath: [MODELS], runtime: 'onnx', log: silentLog });
    },
    openRuntime: () => openInThread({ runtime: 'onnx', provider: 'cpu', threads: 1 }, silentLog),
    people: new MemoryPeople(),
    uploadHfovDeg: 60,
    log: silentLog,
  });
  await recognition.start(new AbortController().signal);
  t.after(() => recognition.stop());
  assert.ok(!resolved.includes('facemesh'));
  const measurement = measurementWith(recognition.analyser);
  for (let i = 0; i < 2; i++) assert.equal((await measurement.tone({ bytes: PHOTOGRAPH })).kind, 'tone');
  assert.deepEqual(
    resolved.filter((id) => id === 'facemesh'),
    ['facemesh'],
  );
});
