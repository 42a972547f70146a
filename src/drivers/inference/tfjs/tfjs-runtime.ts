import type { GraphModel } from '@tensorflow/tfjs-converter';
import { LimenError } from '../../../core/errors.ts';
import type { InferenceRuntime, Model, ModelSource, TensorSpec } from '../../../core/ports/inference.ts';
import type { Log } from '../../../core/ports/log.ts';
import { CheckedModel } from '../checked-model.ts';
import type { Provider } from '../onnx/session.ts';
import { readArtifacts } from './artifacts.ts';
import { bestTfjs, type Tfjs } from './backends.ts';
import { TfjsNetwork } from './tfjs-network.ts';

export interface TfjsRuntimeOptions {
  /** `auto` takes the best package installed; `cuda` insists on the GPU package; the rest are onnxruntime's own. */
  readonly provider: Provider | 'auto';
  readonly log: Log;
}

/**
 * TF.js behind the inference port: for models that the compiler refuses, and as the reference of the compiler.
 * `run` computes on the calling thread. It has no setting for threads.
 * @throws LimenError `inference_provider_unavailable`
 */
export async function openTfjsRuntime({ provider, log }: TfjsRuntimeOptions): Promise<InferenceRuntime> {
  if (provider === 'webgpu' || provider === 'tensorrt') {
    throw new LimenError('inference_provider_unavailable', `the tfjs runtime has no ${provider}`);
  }
  const { tfjs, skipped } = await bestTfjs();
  if (provider === 'cuda' && tfjs.name !== 'node-gpu') {
    const why = `cuda needs @tensorflow/tfjs-node-gpu: ${skipped['node-gpu'] ?? 'it was not chosen'}`;
    throw new LimenError('inference_provider_unavailable', why);
  }
  log.info({ provider: tfjs.name, skipped }, 'TF.js backend chosen');
  return new TfjsRuntime(tfjs);
}

/** The port on a given TF.js. */
export class TfjsRuntime implements InferenceRuntime {
  readonly #tfjs: Tfjs;
  readonly #models = new Set<CheckedModel>();

  constructor(tfjs: Tfjs) {
    this.#tfjs = tfjs;
  }

  get description(): string {
    return `tfjs/${this.#tfjs.name}`;
  }

  async load(source: ModelSource): Promise<Model> {
    const graph = await this.#loadGraph(source);
    try {
      const network = new TfjsNetwork(source.name, this.#tfjs, graph, fixedInputs(source, graph));
      const model = new CheckedModel(source.name, network);
      this.#models.add(model);
      return model;
    } catch (cause) {
      graph.dispose();
      throw cause;
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#models].map((model) => model.close()));
    this.#models.clear();
  }

  async #loadGraph(source: ModelSource): Promise<GraphModel> {
    const artifacts = await readArtifacts(source);
    try {
      return await this.#tfjs.loadGraphModel({ load: () => Promise.resolve(artifacts) });
    } catch (cause) {
      const why = (cause as Error).message;
      throw new LimenError('model_unreadable', `${source.name}: ${why}`, { cause });
    }
  }
}

/** An open batch size is 1, as in the compiler; other open dimensions come from `inputDims`. */
function fixedInputs(source: ModelSource, graph: GraphModel): TensorSpec[] {
  return graph.inputs.map(({ name, shape }) => {
    const declared = shape ?? [];
    const wanted = source.inputDims?.[name] ?? declared.map((dim, axis) => (axis === 0 && dim < 0 ? 1 : dim));
    const fits =
      wanted.length === declared.length &&
      wanted.every((size, axis) => size > 0 && (declared[axis] === size || (declared[axis] as number) < 0));
    if (!fits) {
      const what = `input ${name} is ${declared.join('×')}, asked for as ${wanted.join('×')}`;
      throw new LimenError('model_unreadable', `${source.name}: ${what}`);
    }
    return { name, dims: wanted };
  });
}
