import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Model, Tensor } from '../../../src/core/ports/inference.ts';
import { compileGraphModel } from '../../../src/drivers/inference/compile/compile-graph-model.ts';
import { openInferenceRuntime } from '../../../src/drivers/inference/runtimes.ts';
import { wasmTfjs } from '../../../src/drivers/inference/tfjs/backends.ts';
import { silentLog } from '../../../src/runtime/logger.ts';
import { modelFiles, modelPath } from './package-models.ts';
import { elements, randomNumbers } from './random-numbers.ts';
import { withFolder } from './temporary-folder.ts';

const RUNS = 100;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes in buffers that JavaScript can still reach, after a full collection. */
async function reachableBytes(): Promise<number> {
  // Buffers that crossed threads are given back in a later turn.
  for (let turn = 0; turn < 3; turn++) {
    await new Promise(setImmediate);
    collectGarbage();
  }
  return process.memoryUsage().arrayBuffers;
}

function randomInputs(model: Model): Record<string, Tensor> {
  return Object.fromEntries(
    model.inputs.map(({ name, dims }) => [name, { dims, data: randomNumbers(elements(dims), 1) }]),
  );
}

describe(`memory is the same after ${RUNS} more runs`, () => {
  test('TF.js: no tensor more, and none of the model after closing', async () => {
    const tfjs = await wasmTfjs();
    const atFirst = tfjs.countTensors();
    const runtime = await openInferenceRuntime({ runtime: 'tfjs', provider: 'auto' }, silentLog, 'calling');
    const model = await runtime.load({ name: 'liveness', path: modelPath('liveness') });
    const inputs = randomInputs(model);
    await model.run(inputs);
    const before = tfjs.countTensors();
    for (let run = 0; run < RUNS; run++) await model.run(inputs);
    await assert.rejects(model.run({}));
    assert.equal(tfjs.countTensors(), before);
    await runtime.close();
    assert.equal(tfjs.countTensors(), atFirst);
  });

  for (const thread of ['calling', 'own'] as const) {
    test(`onnxruntime, ${thread} thread: no buffer more`, () =>
      withFolder(async (folder) => {
        const { json, weights } = modelFiles('blazeface');
        const path = join(folder, 'blazeface.onnx');
        writeFileSync(path, compileGraphModel(json, weights).onnx);
        const options = { runtime: 'onnx', provider: 'cpu', threads: 1 } as const;
        const runtime = await openInferenceRuntime(options, silentLog, thread);
        const model = await runtime.load({ name: 'blazeface', path });
        const inputs = randomInputs(model);
        for (let run = 0; run < 5; run++) await model.run(inputs);
        const before = await reachableBytes();
        for (let run = 0; run < RUNS; run++) await model.run(inputs);
        const grown = (await reachableBytes()) - before;
        // One input is 786 kB: keeping any of the 100 would show.
        assert.ok(grown < 500_000, `${grown} bytes more`);
        await runtime.close();
      }));
  }
});
