import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { encodeJpeg } from '../../src/drivers/media/image-edit.ts';
import { ffmpeg, noFfmpeg } from '../contract/camera-clips.ts';
import { type HumanPack, openHumanPack, packageFaces, room } from '../fixtures/package-faces.ts';
import { scratch } from '../fixtures/scratch.ts';
import { Daemon } from './daemon.ts';
import { limen } from './limen.ts';

interface Answer {
  readonly focal: { readonly source: string; readonly px: number };
  readonly faces: readonly {
    readonly distanceM: number;
    readonly minM: number;
    readonly maxM: number;
    readonly confidence: string;
  }[];
}

/** Where the tape says that whoever is before the camera stands, metres, and the distance of that person's pupils. */
const TAPE = { metres: 0.8, ipd: '63' };

let human: HumanPack;
let jpeg: Uint8Array;

before(async () => {
  human = await openHumanPack();
  const { resident } = await packageFaces(human);
  jpeg = await encodeJpeg(await room({ image: resident[0], heightPx: 240 }), 95);
});
after(() => human.close());

/** A daemon before whose camera one person stands still; `cameraOf` makes the camera of the JPEG of that. */
async function standing(t: TestContext, cameraOf: (directory: string) => Promise<string>) {
  const directory = scratch();
  const state = join(directory, 'state');
  const camera = await cameraOf(directory);
  const config = [`camera: "${camera}"`, 'http: { port: 0 }', 'mqtt: { embeddedPort: 0 }'];
  const env = { LIMEN_MODELS_PATH: human.modelsDir };
  const daemon = await Daemon.start(t, { directory, state, config, env });
  const ask = async (query: string): Promise<Answer> => {
    const body = new FormData();
    body.append('image', new Blob([jpeg]), 'a.jpg');
    const response = await fetch(`${daemon.url}/v1/distance${query}`, { method: 'POST', body });
    assert.equal(response.status, 200);
    return (await response.json()) as Answer;
  };
  const calibrate = () =>
    limen(
      ['calibrate', 'distance', '--metres', `${TAPE.metres}`, '--ipd', TAPE.ipd, '--state', state, '--json'],
      { env },
    );
  return { ask, calibrate };
}

async function measuredAfterwards(setting: Awaited<ReturnType<typeof standing>>): Promise<void> {
  const { ask, calibrate } = setting;
  const before = await ask('?camera=front');
  const { code, stdout, stderr } = await calibrate();
  assert.equal(code, 0, `${stderr}${stdout}`);
  const lens = JSON.parse(stdout) as { door: string; hfovDeg: number; focalError: number; frames: number };
  assert.equal(lens.door, 'front');
  assert.ok(lens.frames >= 10 && lens.focalError < 0.03, stdout);

  const [after, without] = [await ask('?camera=front'), await ask('')];
  assert.deepEqual([before.focal.source, after.focal.source], ['camera', 'camera']);
  const focalPx = 320 / Math.tan((lens.hfovDeg * Math.PI) / 360);
  assert.ok(Math.abs(after.focal.px / focalPx - 1) < 0.01, `${after.focal.px} px of ${focalPx}`);
  const [[face], [guessed]] = [after.faces, before.faces];
  assert.ok(face !== undefined && guessed !== undefined);
  assert.ok(Math.abs(face.distanceM / TAPE.metres - 1) <= 0.03, `${face.distanceM} m`);
  assert.ok(face.minM < TAPE.metres && TAPE.metres < face.maxM && face.confidence === 'fair');
  const part = ({ minM, maxM, distanceM }: typeof face) => (maxM - minM) / distanceM;
  assert.ok(part(face) < part(guessed), `${part(face)} is not narrower than ${part(guessed)}`);
  assert.equal(
    without.focal.source,
    'assumed',
    'a picture of no camera in particular is not measured by one',
  );
}

test('a recording as the camera: calibrated in the running daemon, its pictures read what the tape says', {
  skip: noFfmpeg,
}, async (t) => {
  const setting = await standing(t, async (directory) => {
    const [picture, clip] = [join(directory, 'standing.jpg'), join(directory, 'standing.mp4')];
    await writeFile(picture, jpeg);
    const coded = ['-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '10', '-pix_fmt', 'yuv420p'];
    ffmpeg('-loop', '1', '-framerate', '10', '-t', '3', '-i', picture, ...coded, clip);
    return `file://${clip}?loop=1`;
  });
  await measuredAfterwards(setting);
});

test('stills as the camera, where no recording can be decoded: the same', async (t) => {
  const setting = await standing(t, async (directory) => {
    const pictures = join(directory, 'pictures');
    await mkdir(pictures);
    await writeFile(join(pictures, '1.jpg'), jpeg);
    return `stills://${pictures}?loop=1&intervalMs=50`;
  });
  await measuredAfterwards(setting);
});
