import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { RgbImage } from '../../../src/core/image.ts';
import type { ModelPack } from '../../../src/core/model-pack.ts';
import type { Model, Tensor } from '../../../src/core/ports/inference.ts';
import { loadPack } from '../../../src/drivers/inference/packs/load-pack.ts';
import { placeImage, plainImage, resizeImage } from '../../../src/drivers/media/image-edit.ts';
import { FaceEngine } from '../../../src/services/recognition/face-engine.ts';
import { withSmallFaces } from '../../../src/services/recognition/small-faces.ts';
import { type HumanPack, openHumanPack, packageFaces } from '../../fixtures/package-faces.ts';

/** A hall, twelve times as wide as the detector's input. */
const HALL = { width: 3072, height: 1536 };

suite('small faces of large pictures, with the networks of the default pack', () => {
  let pack: HumanPack;
  let people: readonly RgbImage[];

  before(async () => {
    pack = await openHumanPack();
    const { resident, strangers } = await packageFaces(pack);
    people = [resident[0], ...strangers];
  });
  after(() => pack?.close());

  async function hall(...portraits: { person: number; heightPx: number; x: number; y: number }[]) {
    let scene = plainImage(HALL.width, HALL.height, [112, 118, 124]);
    for (const { person, heightPx, x, y } of portraits) {
      const image = people[person] as RgbImage;
      const portrait = await resizeImage(image, {
        width: (heightPx * image.width) / image.height,
        height: heightPx,
      });
      scene = placeImage(scene, portrait, { x: x - portrait.width / 2, y: y - heightPx / 2 });
    }
    return scene;
  }

  test('people far away are told at the second look, whoever is near at the first', async () => {
    const scene = await hall(
      { person: 0, heightPx: 1000, x: 700, y: 800 },
      { person: 1, heightPx: 150, x: 2000, y: 400 },
      { person: 2, heightPx: 150, x: 2600, y: 1100 },
    );
    const widths = async (smallFaces: boolean) =>
      (await pack.recognition.analyser.analyse(scene, { embed: 'none', smallFaces })).map(({ box }) =>
        box.width > 200 ? 'near' : 'far',
      );
    assert.deepEqual(await widths(false), ['near']);
    assert.deepEqual(await widths(true), ['near', 'far', 'far']);
  });

  test('whoever stands where two parts meet is one', async () => {
    const scene = await hall({ person: 1, heightPx: 300, x: HALL.width / 2, y: HALL.height / 2 });
    const faces = await pack.recognition.analyser.analyse(scene, { embed: 'none', smallFaces: true });
    assert.equal(faces.length, 1);
  });

  test('nobody in the hall: nobody at the second look either', async () => {
    const options = { smallFaces: true };
    assert.deepEqual(await pack.recognition.analyser.analyse(await hall(), options), []);
  });

  test('a picture hardly larger than the input is looked at once', async () => {
    const small = plainImage(480, 480, [112, 118, 124]);
    const seen = [] as const;
    assert.equal(await withSmallFaces(pack.recognition.engine, small, seen), seen);
  });
});

/** A network of the given input size that sees no face, and keeps the sizes it was run at. */
function blind(strides: readonly number[], runs: string[]): Model {
  return {
    inputs: [],
    outputs: [],
    run: async (inputs) => {
      const [, , height = 0, width = 0] = Object.values(inputs)[0]?.dims ?? [];
      runs.push(`${width}×${height}`);
      const nothing = (stride: number, values: number): Tensor => {
        const cells = (width / stride) * (height / stride);
        return { dims: [cells, values], data: new Float32Array(cells * values) };
      };
      return Object.fromEntries(
        strides.flatMap((stride) => [
          [`cls_${stride}`, nothing(stride, 1)],
          [`obj_${stride}`, nothing(stride, 1)],
          [`bbox_${stride}`, nothing(stride, 4)],
          [`kps_${stride}`, nothing(stride, 10)],
        ]),
      );
    },
    close: async () => undefined,
  };
}

test('a pack with a larger size looks there, with a network that is loaded once', async () => {
  const pack: ModelPack = { ...(await loadPack('recommended')), liveness: { kind: 'none', why: 'a test' } };
  const { largeInput } = pack.detector;
  assert.ok(largeInput !== undefined);
  const runs: string[] = [];
  const loaded: string[] = [];
  const detector = blind([8, 16, 32], runs);
  const models = new Map([
    [pack.detector.model, detector],
    [pack.embedder.model, detector],
  ]);
  const engine = new FaceEngine(pack, models, async (id, input) => {
    loaded.push(`${id} ${input?.width}×${input?.height}`);
    return detector;
  });
  const size = `${largeInput.width}×${largeInput.height}`;
  const scene = plainImage(1920, 1080, [9, 9, 9]);
  await Promise.all([withSmallFaces(engine, scene, []), withSmallFaces(engine, scene, [])]);
  assert.deepEqual(loaded, [`${pack.detector.model} ${size}`]);
  assert.deepEqual(runs, [size, size]);
});
