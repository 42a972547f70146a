import assert from 'node:assert/strict';
import { test } from 'node:test';
import sharp from 'sharp';
import { rotated } from '../../../src/vision/rotate.ts';
import { paintedImage } from '../../fixtures/coloured-faces.ts';
import { requestServices } from '../../fixtures/request-services.ts';

const anna = { gallery: 'default', id: 'anna' };
const upright = paintedImage({ person: 1, sizePx: 56 });

function png({ width, height, data }: typeof upright): Promise<Buffer> {
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

for (const degrees of [90, 180, 270] as const) {
  test(`a picture that lies turned by ${degrees}° and does not say so is enrolled as the upright one`, async () => {
    const { enrolment, gallery, store, analyser } = await requestServices();
    const image = await png(rotated(upright, degrees));
    assert.equal((await enrolment.enrol({ person: anna, image, actor: 'cli' })).kind, 'enrolled');
    const embedding = (await store.get(anna))?.faces[0]?.embedding as Float32Array;
    const [face] = await analyser.analyse(upright);
    assert.deepEqual(embedding, face?.embedding);
    assert.deepEqual(gallery.identify(embedding)?.person, anna);
  });
}

test('an upright picture is looked at once', async () => {
  const { enrolment, analyser } = await requestServices();
  await enrolment.enrol({ person: anna, image: await png(upright), actor: 'cli' });
  assert.equal(analyser.calls, 1);
});

test('whoever is to be verified or removed shows a picture that stands', async () => {
  const { enrolment, verification, store } = await requestServices();
  await enrolment.enrol({ person: anna, image: await png(upright), actor: 'cli' });
  const bytes = await png(rotated(upright, 90));
  assert.equal((await verification.verify({ person: anna, bytes, actor: 'cli' })).kind, 'no_face');
  const removed = await enrolment.removeByFace({ person: anna, image: bytes, actor: 'cli' });
  assert.equal(removed.kind, 'no_face');
  assert.equal((await store.list()).length, 1);
});
