import './no-telemetry.ts';
import { Tensor as OrtTensor } from 'onnxruntime-node';
import { LimenError } from '../../../core/errors.ts';
import type { Tensor, TensorSpec } from '../../../core/ports/inference.ts';
import type { Network } from '../checked-model.ts';
import type { FixedSession } from './session.ts';

/**
 * One onnxruntime session. `compute` blocks the calling thread for as long as the network computes (the binding has no
 * asynchronous run); `outputs` limits what is handed over, not what is computed.
 */
export class OnnxNetwork implements Network {
  readonly #name: string;
  readonly #opened: FixedSession;

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

  async compute(
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

  release(): Promise<void> {
    return this.#opened.session.release();
  }
}
