import assert from 'node:assert/strict';
import { after, before, beforeEach, suite, test } from 'node:test';
import { cosine } from '../../../src/core/embedding.ts';
import type { Match } from '../../../src/core/face.ts';
import type { RgbImage } from '../../../src/core/image.ts';
import type { FaceObservation } from '../../../src/core/observation.ts';
import { resizeImage } from '../../../src/drivers/media/image-edit.ts';
import { FrameRecogniser } from '../../../src/services/recognition/frame-recogniser.ts';
import { GalleryIndex } from '../../../src/services/recognition/gallery-index.ts';
import { focalFromHfov } from '../../../src/vision/distance.ts';
import { type HumanPack, openHumanPack, packageFaces, room } from '../../fixtures/package-faces.ts';

const RESIDENT = { gallery: 'default', id: 'resident' };
/** The camera of these tests: 20 frames a second. */
const FRAME_MS = 50;

suite('the frames of one camera, with real faces and the real networks', () => {
  let pack: HumanPack;
  let faces: Awaited<ReturnType<typeof packageFaces>>;
  let resident: RgbImage;
  let stranger: RgbImage;
  let otherStranger: RgbImage;
  let empty: RgbImage;
  let gallery: GalleryIndex;
  let camera: TestCamera;

  /** A camera whose frames are told one by one, and what the recogniser made of them. */
  class TestCamera {
    readonly #recogniser: FrameRecogniser;
    #seq = 0;
    nowMs = 0;
    readonly ended: number[] = [];
    /** When a face was embedded, ms. */
    readonly embeddedAtMs: number[] = [];

    constructor(over: { maxFaces?: number } = {}) {
      const geometry = { focalPx: focalFromHfov(640, 60), focalError: 0.15 };
      this.#recogniser = new FrameRecogniser(pack.recognition.engine, gallery, {
        camera: geometry,
        maxFaces: 8,
        ...over,
      });
    }

    /** Shows a picture from now until before `untilMs`; what the last frame of it told. */
    async show(picture: RgbImage, untilMs: number): Promise<readonly FaceObservation[]> {
      let last: readonly FaceObservation[] = [];
      for (; this.nowMs < untilMs; this.nowMs += FRAME_MS) last = await this.one(picture);
      return last;
    }

    async one(picture: RgbImage): Promise<readonly FaceObservation[]> {
      const frame = { ...picture, seq: this.#seq++, capturedAtMs: this.nowMs };
      const { observations, ended } = await this.#recogniser.process(frame);
      this.ended.push(...ended);
      for (const { match } of observations) if (match !== undefined) this.embeddedAtMs.push(this.nowMs);
      return observations;
    }

    /** One frame, and time moves on. */
    async next(picture: RgbImage): Promise<FaceObservation> {
      const [only, ...more] = await this.one(picture);
      this.nowMs += FRAME_MS;
      assert.ok(only !== undefined && more.length === 0, `${more.length + (only ? 1 : 0)} faces`);
      return only;
    }
  }

  async function embeddingOf(picture: RgbImage): Promise<Float32Array> {
    const [face] = await pack.recognition.analyser.analyse(picture);
    assert.ok(face?.embedding !== undefined);
    return face.embedding;
  }

  before(async () => {
    pack = await openHumanPack();
    faces = await packageFaces(pack);
    empty = await room();
    resident = await room({ image: faces.resident[0], heightPx: 240 });
    stranger = await room({ image: faces.strangers[0], heightPx: 240 });
    otherStranger = await room({ image: faces.strangers[1], heightPx: 240 });
  });
  after(() => pack?.close());

  beforeEach(async () => {
    gallery = new GalleryIndex(pack.recognition.pack.embedder.modelId, 1024);
    camera = new TestCamera();
  });

  async function enrolResident(): Promise<void> {
    const { modelId } = pack.recognition.analyser;
    const createdAt = '2030-01-01T00:00:00Z';
    const embedding = await embeddingOf(faces.photograph);
    const face = {
      faceId: '1',
      modelId,
      embedding,
      quality: 1,
      liveness: 'not_assessed',
      createdAt,
    } as const;
    gallery.put({ ...RESIDENT, createdAt, enabled: true, faces: [face] });
  }

  function assertResident(match: Match | null | undefined): void {
    assert.deepEqual(match?.person, RESIDENT);
    assert.ok((match?.score ?? 0) >= pack.recognition.pack.thresholds.match, `score ${match?.score}`);
  }

  test('an unknown face is embedded about every 150 ms for as long as it stays', async () => {
    await enrolResident();
    await camera.show(stranger, 1_000);
    assert.deepEqual(camera.embeddedAtMs, [0, 150, 300, 450, 600, 750, 900]);
  });

  test('a face that three looks agree on is embedded once a second', async () => {
    await enrolResident();
    await camera.show(resident, 2_600);
    assert.deepEqual(camera.embeddedAtMs, [0, 150, 300, 1_300, 2_300]);
  });

  test('a face that was hidden for 250 ms is embedded at once; one that was hidden for less is not', async () => {
    await enrolResident();
    await camera.show(resident, 400);
    await camera.show(empty, 550);
    await camera.show(resident, 650);
    assert.deepEqual(camera.embeddedAtMs, [0, 150, 300], 'unseen from 350 to 550');
    await camera.show(empty, 850);
    await camera.show(resident, 950);
    assert.deepEqual(camera.embeddedAtMs, [0, 150, 300, 850], 'unseen from 600 to 850');
  });

  test('a much better view is embedded at once', async () => {
    const portrait = faces.strangers[0];
    const coarse = await resizeImage(portrait, {
      width: portrait.width / 3.2,
      height: portrait.height / 3.2,
    });
    const poor = await room({ image: coarse, heightPx: 240 });
    const before = await camera.next(poor);
    const better = await camera.next(stranger);
    assert.equal(better.trackId, before.trackId);
    assert.ok(before.quality.overall * 1.25 < better.quality.overall, `${before.quality.overall}`);
    assert.deepEqual(camera.embeddedAtMs, [0, 50]);
    await camera.show(stranger, 200);
    assert.deepEqual(camera.embeddedAtMs, [0, 50], 'and then every 150 ms again');
    await camera.next(stranger);
    assert.deepEqual(camera.embeddedAtMs, [0, 50, 200]);
  });

  test('somebody else in the same place gets a track number of their own', async () => {
    assert.ok(cosine(await embeddingOf(stranger), await embeddingOf(otherStranger)) < 0.25);
    const [first] = await camera.show(stranger, 350);
    await camera.show(otherStranger, 450);
    assert.deepEqual(camera.ended, []);
    const [second] = await camera.show(otherStranger, 500);
    assert.notEqual(second?.trackId, first?.trackId);
    assert.deepEqual(camera.ended, [first?.trackId]);
    assert.equal(camera.embeddedAtMs.at(-1), 450);
    assert.equal((await camera.show(otherStranger, 1_000))[0]?.trackId, second?.trackId);
  });

  test('whoever comes back from behind something is compared anew in the first frame', async () => {
    await enrolResident();
    const [before] = await camera.show(resident, 400);
    await camera.show(empty, 700);
    const back = await camera.next(resident);
    assert.equal(back.trackId, before?.trackId);
    assertResident(back.match);
    await camera.show(empty, 1_100);
    const other = await camera.next(stranger);
    assert.ok(other.match !== undefined && other.match !== null, 'compared');
    assert.ok(other.match.score < pack.recognition.pack.thresholds.match);
  });

  test('a track unseen for more than 1.5 s is over', async () => {
    const [before] = await camera.show(resident, 100);
    await camera.show(empty, 1_600);
    assert.deepEqual(camera.ended, []);
    await camera.show(empty, 1_700);
    assert.deepEqual(camera.ended, [before?.trackId]);
    const [again] = await camera.show(resident, 1_800);
    assert.notEqual(again?.trackId, before?.trackId);
  });

  test('of more faces than are allowed, the nearest are recognised', async () => {
    const queue = await room(
      { image: faces.strangers[0], heightPx: 110, x: 90 },
      { image: faces.resident[0], heightPx: 200, x: 300 },
      { image: faces.strangers[1], heightPx: 160, x: 530 },
    );
    assert.equal((await camera.one(queue)).length, 3);
    camera = new TestCamera({ maxFaces: 2 });
    const seen = await camera.one(queue);
    const centres = seen.map(({ box }) => Math.round((box.x + box.width / 2) / 100));
    assert.deepEqual(centres, [3, 5]);
    assert.equal(camera.embeddedAtMs.length, 2);
  });

  test('an empty gallery: compared with nobody', async () => {
    assert.equal((await camera.next(resident)).match, null);
  });

  test('an enrolled face is named in the first frame, with score, margin and distance', async () => {
    await enrolResident();
    const seen = await camera.next(resident);
    assertResident(seen.match);
    assert.equal(seen.match?.margin, (seen.match?.score ?? 0) + 1, 'nobody else is enrolled');
    assert.ok(seen.distance !== undefined && seen.distance.minM < seen.distance.distanceM);
    assert.equal(seen.liveness, undefined, 'this pack knows nothing of liveness');
  });

  test('a face too blurred or too dark to compare is seen, measured and never embedded', async () => {
    await enrolResident();
    const portrait = faces.resident[0];
    const tiny = await resizeImage(portrait, { width: 20, height: 20 });
    const dark = { ...portrait, data: portrait.data.map((value) => value / 12) };
    for (const [what, image] of [
      ['blurred', tiny],
      ['dark', dark],
    ] as const) {
      camera = new TestCamera();
      const seen = await camera.show(await room({ image, heightPx: 240 }), 500);
      assert.equal(seen.length, 1, what);
      assert.ok((seen[0]?.quality.overall ?? 1) < 0.12, `${what}: ${seen[0]?.quality.overall}`);
      assert.deepEqual(camera.embeddedAtMs, [], what);
    }
  });
});
