import { Tensor as OrtTensor } from 'onnxruntime-node';
import { LimenError } from '../../../core/errors.ts';
import type { Model, Tensor, TensorSpec } from '../../../core/ports/inference.ts';
import { checkInputs, checkOutputs } from '../tensors.ts';
import type { FixedSession } from './session.ts';

/**
 * One onnxruntime session. `run` blocks the calling thread for as long as the network computes (the binding has no
 * asynchronous run); `outputs` limits what is handed over, not what is computed.
 */
export class OnnxModel implements Model {
  readonly #name: string;
  readonly #opened: FixedSession;
  readonly #running = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(name: string, opened: FixedSession) {
    this.#name = name;
    this.#opened = opened;
  }

  get inputs(): readonly TensorSpec[] {
    return this.#opened.inputs;
  }

  get outputs(): readonly string[] {
    return this.#opened.outputs;
  }

  async run(
    inputs: Readonly<Record<string, Tensor>>,
    outputs: readonly string[] = this.outputs,
  ): Promise<Record<string, Tensor>> {
    if (this.#closing !== undefined) throw new LimenError('inference_failed', `${this.#name} is closed`);
    checkInputs(this.#name, this.inputs, inputs);
    checkOutputs(this.#name, this.outputs, outputs);
    const running = this.#compute(inputs, outputs);
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#release();
    return this.#closing;
  }

  async #compute(
    inputs: Readonly<Record<string, Tensor>>,
    outputs: readonly string[],
  ): Promise<Record<string, Tensor>> {
    const feeds: Record<string, OrtTensor> = {};
    for (const { name, dims } of this.inputs) {
      feeds[name] = new OrtTensor('float32', (inputs[name] as Tensor).data, dims);
    }
    try {
      const results = await this.#opened.session.run(feeds, outputs);
      return Object.fromEntries(
        outputs.map((name) => {
          const { dims, data } = results[name] as OrtTensor;
          return [name, { dims, data: data as Float32Array }];
        }),
      );
    } catch (cause) {
      throw new LimenError('inference_failed', `${this.#name}: ${(cause as Error).message}`, { cause });
    }
  }

  async #release(): Promise<void> {
    await Promise.allSettled(this.#running);
    await this.#opened.session.release();
  }
}
