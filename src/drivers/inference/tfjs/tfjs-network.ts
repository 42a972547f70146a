import type { GraphModel } from '@tensorflow/tfjs-converter';
import type { Tensor as TfTensor } from '@tensorflow/tfjs-core';
import { LimenError } from '../../../core/errors.ts';
import type { Tensor, TensorSpec } from '../../../core/ports/inference.ts';
import type { Network } from '../checked-model.ts';
import type { Tfjs } from './backends.ts';

/** One TF.js graph model; every tensor that a run makes is disposed before it settles. */
export class TfjsNetwork implements Network {
  readonly inputs: readonly TensorSpec[];
  readonly #name: string;
  readonly #tfjs: Tfjs;
  readonly #graph: GraphModel;
  /** Whether the graph has loops or outputs of unknown size, which TF.js runs another way. */
  #dynamic = false;

  constructor(name: string, tfjs: Tfjs, graph: GraphModel, inputs: readonly TensorSpec[]) {
    this.#name = name;
    this.#tfjs = tfjs;
    this.#graph = graph;
    this.inputs = inputs;
  }

  get outputs(): readonly string[] {
    return this.#graph.outputs.map(({ name }) => name);
  }

  async release(): Promise<void> {
    this.#graph.dispose();
  }

  async compute(
    inputs: Readonly<Record<string, Tensor>>,
    wanted: readonly string[],
  ): Promise<Record<string, Tensor>> {
    const outputs = [...wanted];
    const feeds: Record<string, TfTensor> = {};
    const results: TfTensor[] = [];
    try {
      for (const { name, dims } of this.inputs) {
        feeds[name] = this.#tfjs.tensor((inputs[name] as Tensor).data, [...dims]);
      }
      results.push(...(await this.#execute(feeds, outputs)));
      const tensors = await Promise.all(results.map(readTensor));
      return Object.fromEntries(outputs.map((name, index) => [name, tensors[index] as Tensor]));
    } catch (cause) {
      throw new LimenError('inference_failed', `${this.#name}: ${(cause as Error).message}`, { cause });
    } finally {
      for (const tensor of [...Object.values(feeds), ...results]) tensor.dispose();
    }
  }

  async #execute(feeds: Record<string, TfTensor>, outputs: string[]): Promise<TfTensor[]> {
    if (!this.#dynamic) {
      try {
        return [this.#graph.execute(feeds, outputs)].flat();
      } catch (cause) {
        // TF.js says so before it computes anything, and offers no other way to know.
        if (!(cause as Error).message.includes('executeAsync')) throw cause;
        this.#dynamic = true;
      }
    }
    return [await this.#graph.executeAsync(feeds, outputs)].flat();
  }
}

async function readTensor(tensor: TfTensor): Promise<Tensor> {
  const data = await tensor.data();
  return { dims: tensor.shape, data: data instanceof Float32Array ? data : Float32Array.from(data) };
}
