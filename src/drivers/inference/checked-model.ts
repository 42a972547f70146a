import { LimenError } from '../../core/errors.ts';
import type { Model, Tensor, TensorSpec } from '../../core/ports/inference.ts';
import { checkInputs, checkOutputs } from './tensors.ts';

/** What a runtime does with one network, once the request is known to be right. */
export interface Network {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly string[];
  /** @throws LimenError `inference_failed` */
  compute(
    inputs: Readonly<Record<string, Tensor>>,
    outputs: readonly string[],
  ): Promise<Record<string, Tensor>>;
  /** Called once, when nothing is being computed any more. */
  release(): Promise<void>;
}

/** A loaded network as every runtime hands it out: requests are checked, and closing waits for those under way. */
export class CheckedModel implements Model {
  readonly #name: string;
  readonly #network: Network;
  readonly #running = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(name: string, network: Network) {
    this.#name = name;
    this.#network = network;
  }

  get inputs(): readonly TensorSpec[] {
    return this.#network.inputs;
  }

  get outputs(): readonly string[] {
    return this.#network.outputs;
  }

  async run(
    inputs: Readonly<Record<string, Tensor>>,
    outputs: readonly string[] = this.outputs,
  ): Promise<Record<string, Tensor>> {
    if (this.#closing !== undefined) throw new LimenError('inference_failed', `${this.#name} is closed`);
    checkInputs(this.#name, this.inputs, inputs);
    checkOutputs(this.#name, this.outputs, outputs);
    const running = this.#network.compute(inputs, outputs);
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  close(): Promise<void> {
    this.#closing ??= Promise.allSettled(this.#running).then(() => this.#network.release());
    return this.#closing;
  }
}
