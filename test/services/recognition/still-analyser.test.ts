import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import sharp from 'sharp';
import { cosine } from '../../../src/core/embedding.ts';
import type { RgbImage } from '../../../src/core/image.ts';
import { cropImage, plainImage, resizeImage } from '../../../src/drivers/media/image-edit.ts';
import { StillAnalyser } from '../../../src/services/recognition/still-analyser.ts';
import { decoded, type HumanPack, openHumanPack, packageFaces, room } from '../../fixtures/package-faces.ts';

suite('uploaded pictures, with real faces and the real networks', () => {
  let pack: HumanPack;
  let faces: Awaited<ReturnType<typeof packageFaces>>;
  let analyser: StillAnalyser;

  before(async () => {
    pack = await openHumanPack();
    faces = await packageFaces(pack);
    analyser = pack.recognition.analyser;
  });
  after(() => pack?.close());

  async function only(picture: RgbImage & { focalLength35mm?: number }) {
    const [face, ...more] = await analyser.analyse(picture);
    assert.ok(face !== undefined && more.length === 0, `${more.length + (face ? 1 : 0)} faces`);
    return face;
  }

  test('the largest face comes first; all are embedded, or the largest alone', async () => {
    const scene = await room(
      { image: faces.strangers[0], heightPx: 120, x: 120 },
      { image: faces.resident[0], heightPx: 220, x: 400 },
    );
    const all = await analyser.analyse(scene);
    assert.deepEqual(
      all.map(({ box, embedding }) => [box.x > 250, embedding?.length]),
      [
        [true, 1024],
        [false, 1024],
      ],
    );
    const largest = await analyser.analyse(scene, { embed: 'largest' });
    assert.deepEqual(
      largest.map(({ embedding }) => embedding?.length),
      [1024, undefined],
    );
  });

  test('two photographs of one man are more alike than the threshold, of two people less', async () => {
    const { match } = analyser.thresholds;
    const [enrolled, same, other] = await Promise.all([
      only(faces.photograph),
      only(await room({ image: faces.resident[0], heightPx: 220 })),
      only(await room({ image: faces.strangers[0], heightPx: 220 })),
    ]);
    const score = (face: typeof same) =>
      cosine(enrolled?.embedding ?? new Float32Array(), face.embedding ?? new Float32Array());
    assert.ok(score(same) > match, `${score(same)}`);
    assert.ok(score(other) < match, `${score(other)}`);
  });

  test('nobody in the picture: no faces', async () => {
    assert.deepEqual(await analyser.analyse(plainImage(640, 480, [112, 118, 124])), []);
  });

  test('a face that fills the picture is found all the same', async () => {
    const portrait = await resizeImage(faces.resident[0], { width: 600, height: 600 });
    const filling = cropImage(portrait, { x: 150, y: 165, width: 300, height: 300 });
    const engine = pack.recognition.engine;
    assert.deepEqual(await engine.detect(filling, 'request'), [], 'a plain look finds nothing');
    const face = await only(filling);
    assert.ok(face.box.width > 250, `${face.box.width}`);
    assert.equal(face.embedding?.length, 1024);
  });

  test('a face too blurred to compare is told with its quality, without an embedding', async () => {
    const tiny = await resizeImage(faces.resident[0], { width: 20, height: 20 });
    const face = await only(await room({ image: tiny, heightPx: 240 }));
    assert.ok(face.quality.overall < 0.12);
    assert.equal(face.embedding, undefined);
  });

  test('a picture s times as large in one camera reads 1/s of the distance, within 3 %', async (t) => {
    const scales = [0.4, 0.6, 0.8, 1, 1.2, 1.4, 1.6];
    let worst = 0;
    for (const image of [faces.resident[0], ...faces.strangers]) {
      const scene = await room({ image, heightPx: 240 });
      const at = async (scale: number) => {
        const size = { width: scene.width * scale, height: scene.height * scale };
        const scaled = await resizeImage(scene, size);
        // the camera's focal length stays the same in pixels, whatever the picture's size
        const hfovDeg = (360 / Math.PI) * Math.atan((scaled.width / scene.width) * Math.tan(Math.PI / 6));
        const still = new StillAnalyser(pack.recognition.pack, () => pack.recognition.engine, {
          uploadHfovDeg: hfovDeg,
        });
        const [face] = await still.analyse(scaled);
        return face?.distance?.distanceM ?? Number.NaN;
      };
      const whole = await at(1);
      for (const scale of scales) {
        const error = ((await at(scale)) * scale) / whole - 1;
        worst = Math.max(worst, Math.abs(error));
        assert.ok(Math.abs(error) <= 0.03, `scale ${scale}: ${(100 * error).toFixed(2)} %`);
      }
    }
    t.diagnostic(`worst error over three faces and scales 0.4 … 1.6: ${(100 * worst).toFixed(2)} %`);
  });

  test('measured precisely, a face that fills the picture reads alike at every size', async () => {
    const portrait = await resizeImage(faces.resident[0], { width: 600, height: 600 });
    const filling = cropImage(portrait, { x: 120, y: 135, width: 360, height: 360 });
    const at = async (scale: number) => {
      const size = { width: filling.width * scale, height: filling.height * scale };
      const [face] = await analyser.analyse(await resizeImage(filling, size), { precise: true });
      return face?.distance?.distanceM ?? Number.NaN;
    };
    const whole = await at(1);
    for (const scale of [0.4, 0.6, 0.8, 1.2, 1.6]) {
      const error = (await at(scale)) / whole - 1;
      assert.ok(Math.abs(error) <= 0.03, `scale ${scale}: ${(100 * error).toFixed(2)} %`);
    }
  });

  test('the focal length in a picture decides the distance, and narrows its interval', async () => {
    const scene = await room({ image: faces.resident[0], heightPx: 240 });
    const jpeg = await sharp(scene.data, { raw: { width: 640, height: 480, channels: 3 } })
      .jpeg({ quality: 95 })
      .withExif({ IFD2: { FocalLengthIn35mmFilm: '52' } })
      .toBuffer();
    const picture = await decoded(jpeg);
    assert.equal(picture.focalLength35mm, 52);
    const { focalLength35mm, ...without } = picture;
    const [told, guessed] = [(await only(picture)).distance, (await only(without)).distance];
    assert.ok(told !== undefined && guessed !== undefined);
    // 52 mm over the 43.27 mm diagonal, against 60° over the width
    const [exifPx, guessedPx] = [(52 * 800) / 43.27, 320 / Math.tan(Math.PI / 6)];
    assert.ok(Math.abs(told.distanceM / guessed.distanceM - exifPx / guessedPx) < 1e-9);
    const spread = ({ minM, maxM, distanceM }: typeof told) => (maxM - minM) / distanceM;
    assert.ok(spread(told) < spread(guessed));
  });

  test('a measured lens narrows the interval and leaves the distance', async () => {
    const scene = await room({ image: faces.resident[0], heightPx: 240 });
    const at = async (focalError?: number) => {
      const [face] = await analyser.analyse(scene, {
        hfovDeg: 60,
        ...(focalError !== undefined && { focalError }),
      });
      assert.ok(face?.distance !== undefined);
      return face.distance;
    };
    const [measured, guessed] = [await at(0.015), await at()];
    assert.equal(measured.distanceM, guessed.distanceM);
    assert.ok(measured.minM > guessed.minM && measured.maxM < guessed.maxM);
  });

  test('whoever has left is not analysed any further', async () => {
    const scene = await room({ image: faces.resident[0], heightPx: 240 });
    await assert.rejects(
      async () => analyser.analyse(scene, { signal: AbortSignal.abort(new Error('gone')) }),
      /gone/,
    );
  });
});
