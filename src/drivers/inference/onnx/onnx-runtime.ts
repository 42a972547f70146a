import type { InferenceRuntime, Model, ModelSource, Tensor } from '../../../core/ports/inference.ts';
import type { Log } from '../../../core/ports/log.ts';
import { CheckedModel } from '../checked-model.ts';
import { OnnxNetwork } from './onnx-network.ts';
import { deviation, MAX_DEVIATION, settleProvider } from './providers.ts';
import { openSession, type Provider, type SessionOptions } from './session.ts';
import { spreadNumbers } from './smoke-model.ts';

export interface OnnxRuntimeOptions {
  readonly provider: Provider | 'auto';
  /** Threads within one operator, ≥ 1. */
  readonly threads: number;
  readonly log: Log;
}

/**
 * Settles the provider and gives the runtime. `run` computes on the calling thread.
 * @throws LimenError `inference_provider_unavailable`
 */
export async function openOnnxRuntime(options: OnnxRuntimeOptions): Promise<InferenceRuntime> {
  const provider = await settleProvider(options.provider, options.log);
  const compareWithCpu = options.provider === 'auto' && provider !== 'cpu';
  return new OnnxRuntime({ provider, threads: options.threads }, compareWithCpu, options.log);
}

class OnnxRuntime implements InferenceRuntime {
  readonly #options: SessionOptions;
  readonly #compareWithCpu: boolean;
  readonly #log: Log;
  readonly #models = new Set<CheckedModel>();

  constructor(options: SessionOptions, compareWithCpu: boolean, log: Log) {
    this.#options = options;
    this.#compareWithCpu = compareWithCpu;
    this.#log = log;
  }

  get description(): string {
    return `onnx/${this.#options.provider}`;
  }

  async load(source: ModelSource): Promise<Model> {
    const model = await this.#open(source, this.#options);
    return this.#compareWithCpu ? this.#trusted(source, model) : model;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#models].map((model) => model.close()));
    this.#models.clear();
  }

  async #open(source: ModelSource, options: SessionOptions): Promise<CheckedModel> {
    const model = new CheckedModel(
      source.name,
      new OnnxNetwork(source.name, await openSession(source, options)),
    );
    this.#models.add(model);
    return model;
  }

  /** `model` when it computes what the CPU computes, else the same network on the CPU. */
  async #trusted(source: ModelSource, model: CheckedModel): Promise<Model> {
    const reference = await this.#open(source, { ...this.#options, provider: 'cpu' });
    const off = await largestDeviation(model, reference);
    const [kept, dropped] = off <= MAX_DEVIATION ? [model, reference] : [reference, model];
    if (kept === reference) {
      const { provider } = this.#options;
      this.#log.warn({ model: source.name, provider, deviation: off }, 'network runs on the CPU instead');
    }
    this.#models.delete(dropped);
    await dropped.close();
    return kept;
  }
}

async function largestDeviation(model: Model, reference: Model): Promise<number> {
  const inputs: Record<string, Tensor> = {};
  for (const { name, dims } of reference.inputs) {
    inputs[name] = { dims, data: spreadNumbers(dims.reduce((product, dim) => product * dim, 1)) };
  }
  try {
    const found = await model.run(inputs);
    const expected = await reference.run(inputs);
    const each = reference.outputs.map((name) =>
      deviation((found[name] as Tensor).data, (expected[name] as Tensor).data),
    );
    return Math.max(...each);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
