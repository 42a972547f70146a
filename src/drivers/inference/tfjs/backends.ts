import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import type { GraphModel } from '@tensorflow/tfjs-converter';
import type { io, Tensor as TfTensor } from '@tensorflow/tfjs-core';
import { LimenError } from '../../../core/errors.ts';

type Handler = io.IOHandler;

/** What the driver needs of TF.js, whichever package brings it. */
export interface Tfjs {
  /** `node-gpu`, `node` or `wasm`. */
  readonly name: string;
  readonly tensor: (data: Float32Array, dims: number[]) => TfTensor;
  readonly loadGraphModel: (handler: Handler) => Promise<GraphModel>;
  /** Tensors alive in this process. */
  readonly countTensors: () => number;
}

interface TfjsPackage {
  ready(): Promise<void>;
  tensor(data: Float32Array, dims: number[]): TfTensor;
  loadGraphModel(handler: Handler): Promise<GraphModel>;
  memory(): { numTensors: number };
}

/** TF.js packages with a native library, best first; neither is a dependency of Limen. */
const NATIVE: readonly { readonly name: string; readonly package: string }[] = [
  { name: 'node-gpu', package: '@tensorflow/tfjs-node-gpu' },
  { name: 'node', package: '@tensorflow/tfjs-node' },
];

/**
 * The best TF.js that is installed: the GPU package, the CPU package, else the WASM backend, which always is.
 * `skipped` says why the ones before it were passed over.
 */
export async function bestTfjs(): Promise<{ tfjs: Tfjs; skipped: Record<string, string> }> {
  const skipped: Record<string, string> = {};
  for (const { name, package: specifier } of NATIVE) {
    try {
      return { tfjs: await native(name, specifier), skipped };
    } catch (cause) {
      const missing = (cause as { code?: string }).code === 'ERR_MODULE_NOT_FOUND';
      skipped[name] = missing ? `${specifier} is not installed` : (cause as Error).message;
    }
  }
  return { tfjs: await wasmTfjs(), skipped };
}

async function native(name: string, specifier: string): Promise<Tfjs> {
  const loaded = (await import(specifier)) as TfjsPackage & { default?: TfjsPackage };
  const tf = loaded.default ?? loaded;
  await tf.ready();
  return {
    name,
    tensor: (data, dims) => tf.tensor(data, dims),
    loadGraphModel: (handler) => tf.loadGraphModel(handler),
    countTensors: () => tf.memory().numTensors,
  };
}

let wasm: Promise<Tfjs> | undefined;

/** TF.js on its WASM backend, set up once per thread; the .wasm files lie in the package. */
export function wasmTfjs(): Promise<Tfjs> {
  wasm ??= startWasm();
  return wasm;
}

async function startWasm(): Promise<Tfjs> {
  const tf = await import('@tensorflow/tfjs-core');
  const { loadGraphModel } = await import('@tensorflow/tfjs-converter');
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  const manifest = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/package.json');
  setWasmPaths(join(dirname(manifest), 'dist') + sep);
  if (!(await tf.setBackend('wasm'))) {
    throw new LimenError('inference_provider_unavailable', "TF.js's WASM backend does not start");
  }
  return {
    name: 'wasm',
    tensor: (data, dims) => tf.tensor(data, dims),
    loadGraphModel: (handler) => loadGraphModel(handler),
    countTensors: () => tf.memory().numTensors,
  };
}
