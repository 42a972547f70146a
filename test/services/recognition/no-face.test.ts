import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { RgbImage } from '../../../src/core/image.ts';
import { plainImage } from '../../../src/drivers/media/image-edit.ts';
import { decoded, type HumanPack, openHumanPack } from '../../fixtures/package-faces.ts';

const FACES = resolve(import.meta.dirname, '../../../../shared/faces');
const skip = existsSync(FACES) ? false : 'no ../shared/faces beside this checkout';

suite('pictures without a face, with the real networks', () => {
  let pack: HumanPack;
  before(async () => {
    pack = await openHumanPack();
  });
  after(() => pack?.close());

  async function none(image: RgbImage) {
    assert.deepEqual(await pack.recognition.analyser.analyse(image, { embed: 'none' }), []);
  }

  test('black, white and noise', async () => {
    await none(plainImage(640, 480, [0, 0, 0]));
    await none(plainImage(640, 480, [255, 255, 255]));
    // a linear congruential generator (Numerical Recipes): the same noise on every machine
    let state = 1;
    const data = Uint8Array.from({ length: 320 * 240 * 3 }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state >>> 24;
    });
    await none({ width: 320, height: 240, data });
  });

  test('landscapes, animals and odd files', { skip }, async () => {
    const below = (folder: string) => readdirSync(join(FACES, folder)).map((name) => join(folder, name));
    const odd = ['black', 'white', 'noise'].map((name) => `odd/${name}.jpg`);
    for (const file of [...below('no-face/_unlabelled'), ...odd]) {
      await none(await decoded(readFileSync(join(FACES, file))));
    }
  });
});
