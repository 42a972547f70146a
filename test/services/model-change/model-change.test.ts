import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { FaceAnalyser } from '../../../src/core/ports/face-analysis.ts';
import { SharpImageDecoder } from '../../../src/drivers/media/image-decoder.ts';
import { PeopleVault } from '../../../src/drivers/store/people-vault.ts';
import { Admission } from '../../../src/runtime/admission.ts';
import { ManualClock } from '../../../src/runtime/clock.ts';
import { Health } from '../../../src/runtime/health.ts';
import { silentLog } from '../../../src/runtime/logger.ts';
import { Enrolment } from '../../../src/services/enrolment/enrolment.ts';
import { ModelChange, outdatedPeople } from '../../../src/services/model-change/model-change.ts';
import { GalleryIndex } from '../../../src/services/recognition/gallery-index.ts';
import { recordingLog } from '../../drivers/store/fixtures.ts';
import { PaintedFaceAnalyser, picture } from '../../fixtures/coloured-faces.ts';
import { RecordingJournal } from '../../fixtures/recording-journal.ts';
import { scratch } from '../../fixtures/scratch.ts';

/** The same networks under another name: their embeddings are not to be compared with the first ones'. */
class OtherModel implements FaceAnalyser {
  readonly modelId = 'painted@2';
  readonly thresholds = { match: 0.5, margin: 0.1 };
  readonly #painted = new PaintedFaceAnalyser();
  /** Called before each analysis. */
  onCall = () => {};

  async analyse(...args: Parameters<FaceAnalyser['analyse']>) {
    this.onCall();
    const faces = await this.#painted.analyse(...args);
    // everything the other way round: comparing with the first model's would be far below any threshold
    return faces.map((face) => ({
      ...face,
      ...(face.embedding && { embedding: face.embedding.map((n) => -n) }),
    }));
  }
}

async function house(t: TestContext, keepImages: boolean) {
  const stateDir = scratch();
  const store = new PeopleVault({ stateDir, log: silentLog });
  await store.start();
  t.after(() => store.stop());
  const clock = new ManualClock();
  const decoder = new SharpImageDecoder();
  const enrolmentWith = async (analyser: FaceAnalyser) => {
    const gallery = new GalleryIndex(analyser.modelId, PaintedFaceAnalyser.length);
    await gallery.follow(store);
    t.after(() => gallery.unfollow());
    const parts = { store, gallery, decoder, analyser, clock, journal: new RecordingJournal() };
    const pictures = keepImages ? store.pictures : undefined;
    return { gallery, enrolment: new Enrolment({ ...parts, pictures, admission: new Admission({ clock }) }) };
  };
  const log = recordingLog();
  const health = new Health();
  const change = (analyser: FaceAnalyser) =>
    new ModelChange({
      store,
      pictures: store.pictures,
      decoder,
      modelId: analyser.modelId,
      facesOf: (image, signal) => analyser.analyse(image, { embed: 'largest', signal }),
      log,
      health,
    });
  return { stateDir, store, enrolmentWith, change, log, health };
}

const never = () => new AbortController().signal;

test('pictures are kept only when asked for, and go with the person', async (t) => {
  for (const keepImages of [false, true]) {
    const { store, stateDir, enrolmentWith } = await house(t, keepImages);
    const { enrolment } = await enrolmentWith(new PaintedFaceAnalyser());
    const image = await picture({ person: 1 });
    const ann = { gallery: 'default', id: 'ann' };
    assert.equal((await enrolment.enrol({ person: ann, image, actor: 'test' })).kind, 'enrolled');
    const kept = () =>
      readdirSync(stateDir).includes('pictures') ? readdirSync(join(stateDir, 'pictures')) : [];
    assert.equal(kept().length, keepImages ? 1 : 0);
    const name = (await store.get(ann))?.faces[0]?.picture;
    if (keepImages) assert.deepEqual(Buffer.from((await store.pictures.read(name ?? '')) ?? []), image);
    else assert.equal(name, undefined);
    // refused enrolments leave none
    assert.equal(
      (await enrolment.enrol({ person: { ...ann, id: 'bob' }, image, actor: 'test' })).kind,
      'duplicate_face',
    );
    assert.equal(kept().length, keepImages ? 1 : 0);
    await enrolment.remove(ann, 'test');
    assert.deepEqual(kept(), []);
  }
});

test('another model embeds again what has a picture; until then nobody is compared, and the rest is named', async (t) => {
  const { store, enrolmentWith, change, log, health } = await house(t, true);
  const first = new PaintedFaceAnalyser();
  const { enrolment } = await enrolmentWith(first);
  const ids = Array.from({ length: 3 }, (_, i) => `p${i + 1}`);
  for (const [i, id] of ids.entries()) {
    const image = await picture({ person: i + 1 });
    assert.equal(
      (await enrolment.enrol({ person: { gallery: 'default', id }, image, actor: 'test' })).kind,
      'enrolled',
    );
  }
  const old = await store.list();
  const [bare] = old;
  assert.ok(bare?.faces[0]);
  const { picture: _, ...face } = bare.faces[0];
  await store.put({ ...bare, id: 'without', faces: [face] });
  const second = new OtherModel();
  const { gallery } = await enrolmentWith(second);
  const probe = Float32Array.from(old[0]?.faces[0]?.embedding ?? []);
  assert.equal(gallery.identify(probe), null, 'templates of another model are never compared');
  assert.equal(gallery.similarity(probe, { gallery: 'default', id: 'p1' }), undefined);
  assert.equal(outdatedPeople(await store.list(), second.modelId).length, 4);
  const left = await change(second).run(never());
  assert.deepEqual(left, [{ gallery: 'default', id: 'without' }]);
  const now = await store.list();
  assert.deepEqual(
    now.map(({ id, faces }) => [id, faces.map(({ faceId, modelId }) => `${faceId} ${modelId}`)]),
    [...ids.map((id) => [id, ['1 painted@2']]), ['without', ['1 painted']]],
  );
  const flipped = probe.map((n) => -n);
  assert.deepEqual(gallery.identify(flipped)?.person, { gallery: 'default', id: 'p1' });
  assert.equal(gallery.identify(probe)?.score === 1, false);
  assert.deepEqual(log.lines.at(-1), {
    level: 'warn',
    fields: { person: 'default/without', enrolledWith: 'painted', model: 'painted@2' },
    message: 'enrolled with another model; must be enrolled again',
  });
  assert.ok(log.lines.some(({ fields, message }) => message === 'embedded again' && fields.done === 3));
  assert.equal(health.snapshot().components.people?.detail, 'must be enrolled again: default/without');
  // and nothing is left to do
  assert.deepEqual(await change(second).run(never()), left);
});

test('who is removed while they are embedded again stays removed; a stop in the middle is no harm', async (t) => {
  const { store, enrolmentWith, change } = await house(t, true);
  const { enrolment } = await enrolmentWith(new PaintedFaceAnalyser());
  for (const person of [1, 2, 3]) {
    const image = await picture({ person });
    await enrolment.enrol({ person: { gallery: 'default', id: `p${person}` }, image, actor: 'test' });
  }
  const second = new OtherModel();
  const gone: Promise<unknown>[] = [];
  second.onCall = () => {
    if (gone.length === 0) gone.push(enrolment.remove({ gallery: 'default', id: 'p1' }, 'test'));
  };
  await change(second).run(never());
  await Promise.all(gone);
  const people = await store.list();
  assert.deepEqual(
    people.map(({ id, faces }) => `${id} ${faces[0]?.modelId}`),
    ['p2 painted@2', 'p3 painted@2'],
  );
  const third = {
    ...second,
    modelId: 'painted@3',
    analyse: second.analyse.bind(second),
  } as unknown as FaceAnalyser;
  const stopped = change(third);
  await stopped.start();
  await stopped.stop();
  assert.ok(['painted@2', 'painted@3'].includes((await store.list())[0]?.faces[0]?.modelId ?? ''));
  assert.deepEqual(await change(third).run(never()), []);
});
