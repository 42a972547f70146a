import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { RgbImage } from '../../../src/core/image.ts';
import { loadPack } from '../../../src/drivers/inference/packs/load-pack.ts';
import { plainImage } from '../../../src/drivers/media/image-edit.ts';
import { FaceEngine, networksOf } from '../../../src/services/recognition/face-engine.ts';
import { type HumanPack, openHumanPack, packageFaces, room } from '../../fixtures/package-faces.ts';

test('what recognition loads: nothing that a pack offers besides', async () => {
  assert.deepEqual(networksOf(await loadPack('human')), ['blazeface', 'faceres', 'facemesh']);
  const recommended = await loadPack('recommended');
  const liveness = recommended.liveness.kind === 'none' ? [] : recommended.liveness.models;
  assert.deepEqual(networksOf(recommended), [
    recommended.detector.model,
    recommended.embedder.model,
    ...liveness.map(({ model }) => model),
  ]);
});

test('a network that was not loaded is told by name', async () => {
  const pack = await loadPack('human');
  assert.throws(() => new FaceEngine(pack, new Map()), /pack human names the model blazeface/);
});

suite('the networks of the default pack', () => {
  let pack: HumanPack;
  let scene: RgbImage;

  before(async () => {
    pack = await openHumanPack();
    const { resident } = await packageFaces(pack);
    scene = await room({ image: resident[0], heightPx: 240 });
  });
  after(() => pack?.close());

  test('the mesh puts the eyes where the detector saw them, and knows the mouth', async () => {
    const { engine } = pack.recognition;
    const [face] = await engine.detect(scene, 'door');
    assert.ok(face !== undefined);
    const located = await engine.locate(scene, face, 'door');
    assert.ok(located !== undefined);
    const { points, pose } = located;
    for (const eye of ['rightEye', 'leftEye'] as const) {
      const apart = Math.hypot(points[eye].x - face.points[eye].x, points[eye].y - face.points[eye].y);
      assert.ok(apart < 0.12 * face.box.width, `${eye}: ${apart} px`);
    }
    assert.ok(points.rightEye.x < points.leftEye.x, "the subject's right eye is on the left");
    assert.ok(points.mouthLeft !== undefined && Math.abs(pose.rollDeg) < 20);
  });

  test('one face gives one embedding, of length 1, at every call and whoever asks meanwhile', async () => {
    const { engine } = pack.recognition;
    const [face] = await engine.detect(scene, 'door');
    assert.ok(face !== undefined);
    const alone = await engine.embed(scene, face.points, 'door');
    const others = [engine.detect(plainImage(640, 480, [9, 9, 9]), 'request'), engine.detect(scene, 'door')];
    const together = await Promise.all([
      engine.embed(scene, face.points, 'request'),
      engine.embed(plainImage(640, 480, [200, 10, 10]), face.points, 'door'),
      engine.embed(scene, face.points, 'door'),
    ]);
    await Promise.all(others);
    assert.deepEqual(together[0], alone);
    assert.deepEqual(together[2], alone);
    assert.notDeepEqual(together[1], alone);
    const norm = Math.hypot(...alone);
    assert.ok(Math.abs(norm - 1) < 1e-5, `${norm}`);
  });

  test('a pack without liveness judges nobody', async () => {
    const box = { x: 200, y: 120, width: 160, height: 160 };
    assert.equal(await pack.recognition.engine.liveness(scene, box, 'door'), undefined);
  });
});
