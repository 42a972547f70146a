import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InferenceRuntime, Model, Tensor } from '../../../src/core/ports/inference.ts';
import { compileGraphModel } from '../../../src/drivers/inference/compile/compile-graph-model.ts';
import { openInThread } from '../../../src/drivers/inference/in-thread.ts';
import { silentLog } from '../../../src/runtime/logger.ts';
import { elements, randomNumbers } from './random-numbers.ts';

export interface Deviation {
  readonly output: string;
  readonly dims: readonly number[];
  /** max |onnx − tfjs| / max |tfjs| */
  readonly relative: number;
}

export interface TfjsFiles {
  readonly path: string;
  readonly json: Uint8Array | string;
  readonly weights: Uint8Array;
}

/** TF.js as the daemon runs it: its WASM backend. */
export const tfjsOnWasm = (): Promise<InferenceRuntime> =>
  openInThread({ runtime: 'tfjs', provider: 'auto' }, silentLog);

/** Runs a model on TF.js and, compiled, on onnxruntime (CPU), with the same seeded inputs. */
export async function deviations(
  files: TfjsFiles,
  folder: string,
  input: { readonly scale: number; readonly seed: number },
  openTfjs: () => Promise<InferenceRuntime>,
): Promise<Deviation[]> {
  const compiled = compileGraphModel(files.json, files.weights);
  const path = join(folder, 'compiled.onnx');
  writeFileSync(path, compiled.onnx);
  const [onnx, tfjs] = await Promise.all([
    openInThread({ runtime: 'onnx', provider: 'cpu', threads: 1 }, silentLog),
    openTfjs(),
  ]);
  try {
    const models = [
      await onnx.load({ name: 'onnx', path }),
      await tfjs.load({ name: 'tfjs', path: files.path }),
    ] as [Model, Model];
    sameInterface(models, compiled);
    const inputs: Record<string, Tensor> = {};
    for (const { name, dims } of models[0].inputs) {
      const data = randomNumbers(elements(dims), input.seed).map((value) => value * input.scale);
      inputs[name] = { dims, data };
    }
    const [found, expected] = await Promise.all(models.map((model) => model.run(inputs)));
    return models[0].outputs.map((output) => ({
      output,
      ...compare(found?.[output] as Tensor, expected?.[output] as Tensor),
    }));
  } finally {
    await onnx.close();
    await tfjs.close();
  }
}

function sameInterface(
  [onnx, tfjs]: readonly [Model, Model],
  compiled: ReturnType<typeof compileGraphModel>,
): void {
  const shown = (model: Pick<Model, 'inputs' | 'outputs'>) =>
    JSON.stringify({ inputs: model.inputs, outputs: model.outputs });
  const declared = { inputs: compiled.inputs, outputs: compiled.outputs.map(({ name }) => name) };
  for (const other of [tfjs, declared]) {
    if (shown(onnx) !== shown(other)) throw new Error(`${shown(onnx)} is not ${shown(other)}`);
  }
}

function compare(found: Tensor, expected: Tensor): Omit<Deviation, 'output'> {
  if (found.dims.join() !== expected.dims.join()) {
    throw new Error(`dimensions ${found.dims.join()} are not ${expected.dims.join()}`);
  }
  let [difference, scale] = [0, 0];
  for (const [index, value] of expected.data.entries()) {
    difference = Math.max(difference, Math.abs((found.data[index] as number) - value));
    scale = Math.max(scale, Math.abs(value));
  }
  return { dims: expected.dims, relative: scale === 0 ? difference : difference / scale };
}
