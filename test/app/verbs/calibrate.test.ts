import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { calibrateDistance } from '../../../src/app/verbs/calibrate.ts';
import { LimenError } from '../../../src/core/errors.ts';
import { encodeJpeg } from '../../../src/drivers/media/image-edit.ts';
import { captureIo } from '../../api/cli/streams.ts';
import { type HumanPack, openHumanPack, packageFaces, room } from '../../fixtures/package-faces.ts';
import { scratch } from '../../fixtures/scratch.ts';

let human: HumanPack;
let standing: Uint8Array;

before(async () => {
  human = await openHumanPack();
  const { resident } = await packageFaces(human);
  standing = await encodeJpeg(await room({ image: resident[0], heightPx: 240 }), 95);
});
after(() => human.close());

async function site(doors: readonly string[]) {
  const directory = scratch();
  await mkdir(join(directory, 'pictures'));
  await writeFile(join(directory, 'pictures', '1.jpg'), standing);
  const camera = `stills://${join(directory, 'pictures')}?loop=1&intervalMs=1&realtime=0`;
  const config = join(directory, 'limen.yaml');
  await writeFile(
    config,
    `doors:\n${doors.map((id) => `  - { id: ${id}, camera: "${camera}" }\n`).join('')}`,
  );
  const args = { config, state: join(directory, 'state'), json: true, metres: 0.8 };
  const { io, stdout } = captureIo();
  return { args, io: { ...io, env: { LIMEN_MODELS_PATH: human.modelsDir } }, stdout, directory };
}

test('without a daemon the camera is opened here, and what was measured is kept', async () => {
  const { args, io, stdout, directory } = await site(['front']);
  assert.equal(await calibrateDistance(args, io), 0);
  const said = JSON.parse(stdout());
  assert.equal(said.door, 'front');
  assert.ok(said.spread < 0.001 && said.hfovDeg > 20 && said.hfovDeg < 120, JSON.stringify(said));
  const kept = await readFile(join(directory, 'state', 'calibration.json'), 'utf8');
  assert.match(kept, /"metres": 0\.8/);
});

test('with several doors one must be named, and be there', async () => {
  const { args, io } = await site(['front', 'yard']);
  const refused = (saying: RegExp) => (error: unknown) =>
    error instanceof LimenError && saying.test(error.message);
  await assert.rejects(calibrateDistance(args, io), refused(/which door\? --door is one of front, yard/));
  await assert.rejects(
    calibrateDistance({ ...args, door: 'cellar' }, io),
    refused(/there is no door cellar/),
  );
});
