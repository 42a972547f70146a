import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type ErrorCode, LimenError } from '../../src/core/errors.ts';
import type { InferenceRuntime, Model, ModelSource, Tensor } from '../../src/core/ports/inference.ts';
import { compileGraphModel } from '../../src/drivers/inference/compile/compile-graph-model.ts';
import { flag, GraphModelBuilder, integer } from '../drivers/inference/graph-model.ts';
import { withFolder } from '../drivers/inference/temporary-folder.ts';

const refusedAs = (code: ErrorCode) => (error: unknown) => error instanceof LimenError && error.code === code;

/** `row` 1×4 gives `doubled` 1×4 (twice each number), `total` (their mean) and `added` (with the two's `other`). */
function twoInputModel(): GraphModelBuilder {
  const model = new GraphModelBuilder();
  const row = model.placeholder(1, 4);
  const other = model.placeholder(-1, 4);
  model.node('Mul', [row, model.number(2)]);
  model.node('Mean', [row, model.integers([1], 1)], { keep_dims: flag(true) });
  model.node('ConcatV2', [row, other, model.integers([], 1)], { N: integer(2) });
  return model;
}

const [ROW, OTHER] = ['Placeholder_0', 'Placeholder_1'];
const [DOUBLED, MEAN, BOTH] = ['Mul_3', 'Mean_5', 'ConcatV2_7'];

const row = (...numbers: number[]): Tensor => ({
  dims: [1, numbers.length],
  data: Float32Array.from(numbers),
});

/** What every runtime must give through the `InferenceRuntime` port; `format` is what it loads. */
export function inferenceContract(
  name: string,
  format: 'onnx' | 'tfjs',
  open: () => Promise<InferenceRuntime>,
): void {
  describe(`InferenceRuntime on ${name}`, () => {
    /** The path of a model file in `folder` that this runtime loads. */
    function write(folder: string, model: GraphModelBuilder): string {
      if (format === 'tfjs') return model.write(folder);
      const path = join(folder, 'model.onnx');
      writeFileSync(path, compileGraphModel(model.json(), model.weights()).onnx);
      return path;
    }

    function withRuntime(body: (runtime: InferenceRuntime, folder: string) => Promise<void>): Promise<void> {
      return withFolder(async (folder) => {
        const runtime = await open();
        try {
          await body(runtime, folder);
        } finally {
          await runtime.close();
        }
      });
    }

    const withModel = (body: (model: Model, runtime: InferenceRuntime) => Promise<void>) =>
      withRuntime(async (runtime, folder) => {
        await body(await runtime.load({ name: 'two', path: write(folder, twoInputModel()) }), runtime);
      });

    test('says what runs', () =>
      withRuntime(async (runtime) => {
        assert.match(runtime.description, new RegExp(`^${format}/[a-z-]+$`));
      }));

    test('a loaded model tells inputs of fixed size and its outputs', () =>
      withModel(async (model) => {
        assert.deepEqual(
          model.inputs.map(({ name: input, dims }) => [input, ...dims]),
          [
            [ROW, 1, 4],
            [OTHER, 1, 4],
          ],
        );
        assert.deepEqual([...model.outputs].sort(), [BOTH, MEAN, DOUBLED].sort());
      }));

    test('computes, and gives dimensions with the numbers', () =>
      withModel(async (model) => {
        const found = await model.run({ [ROW]: row(1, 2, 3, 4), [OTHER]: row(5, 6, 7, 8) });
        assert.deepEqual(Object.keys(found).sort(), [BOTH, MEAN, DOUBLED].sort());
        assert.deepEqual(found[DOUBLED], row(2, 4, 6, 8));
        assert.deepEqual(found[MEAN], row(2.5));
        assert.deepEqual(found[BOTH], row(1, 2, 3, 4, 5, 6, 7, 8));
      }));

    test('gives only the outputs asked for', () =>
      withModel(async (model) => {
        const found = await model.run({ [ROW]: row(1, 2, 3, 4), [OTHER]: row(0, 0, 0, 0) }, [MEAN]);
        assert.deepEqual(found, { [MEAN]: row(2.5) });
      }));

    test('input buffers may be filled again, outputs belong to the caller', () =>
      withModel(async (model) => {
        const input = row(1, 2, 3, 4);
        const inputs = { [ROW]: input, [OTHER]: row(0, 0, 0, 0) };
        const first = await model.run(inputs);
        assert.deepEqual(input, row(1, 2, 3, 4));
        input.data.set([10, 20, 30, 40]);
        const second = await model.run(inputs);
        assert.deepEqual(first[DOUBLED], row(2, 4, 6, 8));
        assert.deepEqual(second[DOUBLED], row(20, 40, 60, 80));
        first[DOUBLED]?.data.fill(0);
        assert.deepEqual(second[DOUBLED], row(20, 40, 60, 80));
      }));

    test('runs that overlap do not mix', () =>
      withModel(async (model) => {
        const runs = [...Array(16).keys()].map((at) =>
          model.run({ [ROW]: row(at, at, at, at), [OTHER]: row(-at, 0, 0, 0) }),
        );
        for (const [at, found] of (await Promise.all(runs)).entries()) {
          assert.deepEqual(found[BOTH], row(at, at, at, at, -at, 0, 0, 0));
        }
      }));

    test('refuses inputs and outputs that are not the model’s, and works on', () =>
      withModel(async (model) => {
        const [right, failed] = [row(1, 2, 3, 4), refusedAs('inference_failed')];
        await assert.rejects(model.run({ [ROW]: right }), failed);
        await assert.rejects(model.run({ [ROW]: right, [OTHER]: row(1) }), failed);
        const short = { dims: [1, 4], data: new Float32Array(3) };
        await assert.rejects(model.run({ [ROW]: right, [OTHER]: short }), failed);
        await assert.rejects(model.run({ [ROW]: right, [OTHER]: right, more: right }), failed);
        await assert.rejects(model.run({ [ROW]: right, [OTHER]: right }, ['none']), failed);
        assert.deepEqual((await model.run({ [ROW]: right, [OTHER]: right }))[MEAN], row(2.5));
      }));

    test('a model that is not there, or none, is refused with its name; the next one loads', () =>
      withRuntime(async (runtime, folder) => {
        const load = (source: Omit<ModelSource, 'name'>) => runtime.load({ name: 'front', ...source });
        await assert.rejects(load({ path: join(folder, 'none') }), refusedAs('model_missing'));
        const broken = join(folder, 'broken');
        writeFileSync(broken, 'this is no model');
        await assert.rejects(load({ path: broken }), refusedAs('model_unreadable'));
        await assert.rejects(load({ path: broken }), /front/);
        const path = write(folder, twoInputModel());
        const other = load({ path, inputDims: { [ROW]: [1, 5] } });
        await assert.rejects(other, refusedAs('model_unreadable'));
        assert.equal((await load({ path, inputDims: { [OTHER]: [1, 4] } })).inputs.length, 2);
      }));

    test('closing a model waits for its runs, can be repeated, and leaves the others alone', () =>
      withRuntime(async (runtime, folder) => {
        const path = write(folder, twoInputModel());
        const [one, two] = [
          await runtime.load({ name: 'one', path }),
          await runtime.load({ name: 'two', path }),
        ];
        const inputs = { [ROW]: row(1, 2, 3, 4), [OTHER]: row(1, 2, 3, 4) };
        const running = one.run(inputs);
        await Promise.all([one.close(), one.close()]);
        assert.deepEqual((await running)[MEAN], row(2.5));
        await assert.rejects(one.run(inputs), refusedAs('inference_failed'));
        assert.deepEqual((await two.run(inputs))[MEAN], row(2.5));
      }));

    test('closing the runtime closes what it loaded, and can be repeated', () =>
      withModel(async (model, runtime) => {
        await Promise.all([runtime.close(), runtime.close()]);
        const inputs = { [ROW]: row(1, 2, 3, 4), [OTHER]: row(1, 2, 3, 4) };
        await assert.rejects(model.run(inputs), refusedAs('inference_failed'));
        await model.close();
      }));
  });
}
