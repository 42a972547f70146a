import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { RgbImage } from '../../../src/core/image.ts';
import type { FaceObservation } from '../../../src/core/observation.ts';
import { MemoryDocument } from '../../../src/drivers/store/memory-document.ts';
import { ManualClock } from '../../../src/runtime/clock.ts';
import { Newest } from '../../../src/runtime/newest.ts';
import { Calibration } from '../../../src/services/calibration/calibration.ts';
import { fitFocal } from '../../../src/services/calibration/fit.ts';
import { type CalibrationDocument, parseCalibration } from '../../../src/services/calibration/lens.ts';
import { distanceOf, type EyeSpan, eyesApart } from '../../../src/vision/distance.ts';

const samples = (focalPx: number, metres: number, ipdMm: number, noise: readonly number[]) =>
  noise.map((part) => ({
    eyesPx: ((focalPx * ipdMm) / 1000 / metres) * (1 + part),
    yawDeg: 0,
    widthPx: 640,
  }));

test('the focal length comes out whatever it is, and a third of wrong frames does not move it far', () => {
  const noise = fc.array(
    fc.integer({ min: -100, max: 100 }).map((n) => n / 10_000),
    { minLength: 20, maxLength: 40 },
  );
  fc.assert(
    fc.property(
      fc.integer({ min: 400, max: 1600 }),
      noise,
      fc.integer({ min: 0, max: 6 }),
      (focalPx, parts, wrong) => {
        const right = samples(focalPx, 1, 63, parts);
        const outliers = samples(focalPx, 1, 63, Array(wrong).fill(0.8));
        const fit = fitFocal([...outliers, ...right], { metres: 1 });
        assert.ok(fit.kind === 'fitted');
        assert.ok(Math.abs((fit.focalPerWidth * 640) / focalPx - 1) < 0.02);
      },
    ),
  );
});

test('what an optician has measured makes it surer than the mean of adults', () => {
  const looks = samples(800, 1.5, 60, Array(20).fill(0));
  const [known, mean] = [fitFocal(looks, { metres: 1.5, ipdMm: 60 }), fitFocal(looks, { metres: 1.5 })];
  assert.ok(known.kind === 'fitted' && mean.kind === 'fitted');
  assert.ok(Math.abs(known.focalPerWidth - 800 / 640) < 1e-9);
  assert.ok(known.focalError < 0.02 && mean.focalError > 0.05 && mean.focalError < 0.07);
});

test('frames from the side, too far off or too few give nothing; somebody who moves is told so', () => {
  const good = samples(800, 1, 63, Array(20).fill(0));
  assert.deepEqual(fitFocal(good.slice(0, 9), { metres: 1 }), { kind: 'too_few', usable: 9, needed: 10 });
  const turned = good.map((look) => ({ ...look, yawDeg: 30 }));
  assert.equal(fitFocal(turned, { metres: 1 }).kind, 'too_few');
  assert.equal(fitFocal(samples(800, 3, 63, Array(20).fill(0)), { metres: 3 }).kind, 'too_few');
  const walking = samples(
    800,
    1,
    63,
    Array.from({ length: 20 }, (_, i) => i / 50),
  );
  assert.equal(fitFocal(walking, { metres: 1 }).kind, 'unsteady');
});

const EYES_PX = 50;
const IMAGE: RgbImage = { width: 640, height: 1, data: new Uint8Array(640 * 3) };
function face(eyesPx = EYES_PX): FaceObservation {
  const points = {
    rightEye: { x: 0, y: 0 },
    leftEye: { x: eyesPx, y: 0 },
    nose: { x: 0, y: 0 },
    mouth: { x: 0, y: 0 },
  };
  return { points, pose: { yawDeg: 0, pitchDeg: 0, rollDeg: 0 } } as FaceObservation;
}

function setUp() {
  const clock = new ManualClock({ epoch: new Date('2030-01-01T00:00:00Z') });
  const document = new MemoryDocument<CalibrationDocument>({ doors: {} });
  const frames = new Newest<{ image: RgbImage; faces: readonly FaceObservation[] }>();
  const camera = { door: 'front', camera: 'v4l2:///dev/video0', hfovDeg: 60, frames };
  const gauged: { eyes: EyeSpan | undefined } = { eyes: undefined };
  const calibration = new Calibration({ cameras: [camera], gauge: async () => gauged.eyes, document, clock });
  const feed = async (faces: readonly FaceObservation[], count: number) => {
    for (let i = 0; i < count; i++) {
      frames.offer({ image: IMAGE, faces });
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { clock, document, calibration, camera, feed, gauged };
}

test('a calibration holds at once, for that camera only, and narrows the interval', async () => {
  const { calibration, camera, document, clock, feed } = setUp();
  const geometry = calibration.geometry('front', 640);
  const eyes = { apartPx: eyesApart(face().points), yawDeg: 0, error: 0 };
  const before = distanceOf(eyes, geometry);
  const running = calibration.calibrate({ door: 'front', metres: 0.9, ipdMm: 63 });
  await feed([face()], 40);
  const outcome = await running;
  assert.ok(outcome.kind === 'calibrated');
  assert.deepEqual([outcome.lens.spread, outcome.lens.metres, outcome.lens.ipdMm], [0, 0.9, 63]);
  const after = distanceOf(eyes, geometry);
  assert.ok(before !== undefined && after !== undefined);
  assert.ok(Math.abs(after.distanceM - 0.9) < 1e-9, `${after.distanceM}`);
  assert.ok((after.maxM - after.minM) / after.distanceM < (before.maxM - before.minM) / before.distanceM);
  // the same lens at twice the size
  assert.ok(Math.abs(calibration.geometry('front', 1280).focalPx - 2 * geometry.focalPx) < 1e-9);
  parseCalibration(structuredClone(document.value));
  const elsewhere = [{ ...camera, camera: 'rtsp://10.0.0.9/' }];
  const other = new Calibration({ cameras: elsewhere, gauge: async () => undefined, document, clock });
  assert.equal(other.lensOf('front'), undefined);
  assert.equal(other.hfovDeg('front'), 60);
});

test('the eyes are measured by several looks where the pack can, and frames that are seen badly do not count', async () => {
  const { calibration, clock, feed, gauged } = setUp();
  const request = { door: 'front', metres: 0.9, ipdMm: 63 };
  gauged.eyes = { apartPx: 2 * EYES_PX, yawDeg: 0, error: 0.01, confidence: 'fair' };
  const running = calibration.calibrate(request);
  await feed([face()], 40);
  const outcome = await running;
  assert.ok(outcome.kind === 'calibrated');
  assert.ok(Math.abs(calibration.geometry('front', 640).focalPx - (0.9 * 2 * EYES_PX) / 0.063) < 1e-6);

  gauged.eyes = { ...gauged.eyes, confidence: 'low' };
  const doubtful = calibration.calibrate(request);
  await feed([face()], 40);
  clock.advance(30_000);
  assert.deepEqual(await doubtful, { kind: 'too_few', usable: 0, needed: 10 });
});

test('nobody, several people, another door: nothing is kept', async () => {
  const { calibration, document, clock, feed } = setUp();
  const ask = (door = 'front') => calibration.calibrate({ door, metres: 1 });
  assert.deepEqual(await ask('cellar'), { kind: 'unknown_door', doors: ['front'] });
  for (const [faces, kind] of [
    [[], 'too_few'],
    [[face(), face()], 'several_faces'],
  ] as const) {
    const running = ask();
    await feed(faces, 20);
    clock.advance(30_000);
    assert.equal((await running).kind, kind);
  }
  assert.deepEqual(document.value.doors, {});
});

test('whoever asked and left is not waited for', async () => {
  const { calibration } = setUp();
  const signal = AbortSignal.abort(new Error('gone'));
  await assert.rejects(calibration.calibrate({ door: 'front', metres: 1, signal }), /gone/);
});
