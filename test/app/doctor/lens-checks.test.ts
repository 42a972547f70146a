import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { examine } from '../../../src/app/doctor/finding.ts';
import { lensChecks } from '../../../src/app/doctor/lens-checks.ts';
import type { Patient } from '../../../src/app/doctor/patient.ts';
import { DocumentFile } from '../../../src/drivers/store/documents.ts';
import { silentLog } from '../../../src/runtime/logger.ts';
import { type CalibrationDocument, parseCalibration } from '../../../src/services/calibration/lens.ts';

const LENS = {
  focalPerWidth: 0.9,
  focalError: 0.062,
  spread: 0.012,
  frames: 30,
  metres: 1.5,
  ipdMm: null,
  camera: 'v4l2:/dev/video0',
  at: '2026-06-01T12:00:00.000Z',
};

async function findings(t: TestContext, calibration?: CalibrationDocument, damage?: string) {
  const stateDir = await mkdtemp(join(tmpdir(), 'limen-lens-'));
  t.after(() => rm(stateDir, { recursive: true }));
  const path = join(stateDir, 'calibration.json');
  if (calibration !== undefined) {
    const document = new DocumentFile<CalibrationDocument>({
      ...{ path, log: silentLog, name: 'calibration', schema: 1, initial: { doors: {} } },
      parse: parseCalibration,
    });
    await document.start();
    await document.update(() => calibration);
    await document.stop();
  }
  if (damage !== undefined) await writeFile(path, damage);
  const doors = ['front', 'yard'].map((id) => ({ id, camera: 'v4l2:/dev/video0', hfovDeg: 60 }));
  const session = { config: { doors }, stateDir } as unknown as Patient['session'];
  const all = lensChecks({ session }).map((check) => examine(check, new AbortController().signal));
  return (await Promise.all(all)).flat();
}

test('a calibrated camera tells when and with which residual; one that is not gets a hint', async (t) => {
  const [front, yard] = await findings(t, { doors: { front: LENS } });
  assert.equal(front?.status, 'ok');
  assert.equal(front.fix, undefined);
  assert.match(front.detail, /2026-06-01T12:00:00.000Z at 1.5 m, 30 frames: residual 1.2 %, .* ± 6.2 %/);
  assert.equal(yard?.status, 'ok');
  assert.match(yard.detail, /not calibrated.* 60°.* limen calibrate distance --door yard/);
});

test('nothing calibrated yet is no warning; another camera, or a file that cannot be read, is', async (t) => {
  assert.deepEqual(
    (await findings(t)).map(({ status }) => status),
    ['ok', 'ok'],
  );
  const moved = { doors: { front: { ...LENS, camera: 'v4l2:/dev/video2' } } };
  const [front] = await findings(t, moved);
  assert.equal(front?.status, 'warn');
  assert.match(front.detail, /another camera, v4l2:\/dev\/video2/);
  const [unread] = await findings(t, undefined, '{"doors":{}}');
  assert.equal(unread?.status, 'warn');
  assert.match(unread.detail, /cannot be read/);
});
