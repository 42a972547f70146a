import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { LimenError } from '../../../../src/core/errors.ts';
import { wasmTfjs } from '../../../../src/drivers/inference/tfjs/backends.ts';
import { openTfjsRuntime, TfjsRuntime } from '../../../../src/drivers/inference/tfjs/tfjs-runtime.ts';
import { silentLog } from '../../../../src/runtime/logger.ts';
import { GraphModelBuilder } from '../graph-model.ts';
import { modelPath } from '../package-models.ts';
import { elements, randomNumbers } from '../random-numbers.ts';
import { withFolder } from '../temporary-folder.ts';

describe('the tfjs runtime', () => {
  test('has no WebGPU and no TensorRT, and says so', async () => {
    for (const provider of ['webgpu', 'tensorrt'] as const) {
      await assert.rejects(
        openTfjsRuntime({ provider, log: silentLog }),
        (error: unknown) => error instanceof LimenError && error.code === 'inference_provider_unavailable',
      );
    }
  });

  test('runs a model that the compiler refuses, and disposes what it made', async () => {
    const tfjs = await wasmTfjs();
    const runtime = new TfjsRuntime(tfjs);
    // centernet sorts by score: its graph has operators that only TF.js knows.
    const model = await runtime.load({ name: 'centernet', path: modelPath('centernet') });
    const inputs = Object.fromEntries(
      model.inputs.map(({ name, dims }) => [name, { dims, data: randomNumbers(elements(dims), 3) }]),
    );
    const before = tfjs.countTensors();
    const found = await model.run(inputs);
    assert.deepEqual(Object.keys(found), [...model.outputs]);
    assert.ok(Object.values(found).every(({ data }) => data.every(Number.isFinite)));
    assert.equal(tfjs.countTensors(), before);
    await runtime.close();
  });

  test('runs a graph whose output has no fixed size', () =>
    withFolder(async (folder) => {
      const builder = new GraphModelBuilder();
      const input = builder.placeholder(1, 4);
      const output = builder.node('Where', [builder.node('Greater', [input, builder.number(0)])]);
      const tfjs = await wasmTfjs();
      const runtime = new TfjsRuntime(tfjs);
      const model = await runtime.load({ name: 'where', path: builder.write(folder) });
      const before = tfjs.countTensors();
      for (let run = 0; run < 3; run++) {
        const inputs = { [input]: { dims: [1, 4], data: Float32Array.of(-1, 2, -3, 4) } };
        const positive = { dims: [2, 2], data: Float32Array.of(0, 1, 0, 3) };
        assert.deepEqual(await model.run(inputs), { [output]: positive });
      }
      assert.equal(tfjs.countTensors(), before);
      await runtime.close();
    }));

  test('reads no weights from outside the folder of the model', () =>
    withFolder(async (folder) => {
      const builder = new GraphModelBuilder();
      builder.node('Mul', [builder.placeholder(1, 2), builder.floats(2)]);
      const path = join(folder, 'model.json');
      writeFileSync(path, builder.json().replace('"model.bin"', '"../model.bin"'));
      const runtime = new TfjsRuntime(await wasmTfjs());
      await assert.rejects(runtime.load({ name: 'far', path }), /outside its folder: \.\.\/model\.bin/);
    }));
});
