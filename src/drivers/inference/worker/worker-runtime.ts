import type {
  InferenceRuntime,
  Model,
  ModelSource,
  Tensor,
  TensorSpec,
} from '../../../core/ports/inference.ts';
import type { Log } from '../../../core/ports/log.ts';
import { CheckedModel, type Network } from '../checked-model.ts';
import type { Computed, Loaded, ThreadOptions } from './protocol.ts';
import { WorkerLink } from './worker-link.ts';

/**
 * Starts a thread that computes, so that the caller's event loop is held up by no more than the copying of the inputs.
 * Networks run one after the other, in the order of the calls.
 * @throws LimenError `inference_provider_unavailable`
 */
export async function openWorkerRuntime(options: ThreadOptions, log: Log): Promise<InferenceRuntime> {
  const link = new WorkerLink(options, log);
  return new WorkerRuntime(link, await link.started());
}

class WorkerRuntime implements InferenceRuntime {
  readonly description: string;
  readonly #link: WorkerLink;
  #closing: Promise<void> | undefined;

  constructor(link: WorkerLink, description: string) {
    this.#link = link;
    this.description = description;
  }

  async load(source: ModelSource): Promise<Model> {
    const loaded = (await this.#link.call({ kind: 'load', source })) as Loaded;
    return new CheckedModel(source.name, new WorkerNetwork(loaded, this.#link));
  }

  close(): Promise<void> {
    this.#closing ??= this.#link.close();
    return this.#closing;
  }
}

/** Buffers of one input that are kept for later runs; more than two are under way only when runs pile up. */
const KEPT_BUFFERS = 2;

class WorkerNetwork implements Network {
  readonly #loaded: Loaded;
  readonly #link: WorkerLink;
  readonly #free = new Map<string, Float32Array[]>();

  constructor(loaded: Loaded, link: WorkerLink) {
    this.#loaded = loaded;
    this.#link = link;
  }

  get inputs(): readonly TensorSpec[] {
    return this.#loaded.inputs;
  }

  get outputs(): readonly string[] {
    return this.#loaded.outputs;
  }

  async compute(
    inputs: Readonly<Record<string, Tensor>>,
    outputs: readonly string[],
  ): Promise<Record<string, Tensor>> {
    const copies = this.#copied(inputs);
    const buffers = Object.values(copies).map(({ data }) => data.buffer as ArrayBuffer);
    const work = { kind: 'run', model: this.#loaded.model, inputs: copies, outputs } as const;
    const computed = (await this.#link.call(work, buffers)) as Computed;
    this.#takeBack(computed.inputs);
    return computed.outputs;
  }

  async release(): Promise<void> {
    // A thread that is gone has taken the session with it.
    await this.#link.call({ kind: 'unload', model: this.#loaded.model }).catch(() => undefined);
  }

  #copied(inputs: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
    const copies: Record<string, Tensor> = {};
    for (const { name, dims } of this.inputs) {
      const { data } = inputs[name] as Tensor;
      const copy = this.#free.get(name)?.pop() ?? new Float32Array(data.length);
      copy.set(data);
      copies[name] = { dims, data: copy };
    }
    return copies;
  }

  #takeBack(inputs: Readonly<Record<string, Tensor>>): void {
    for (const [name, { data }] of Object.entries(inputs)) {
      const free = this.#free.get(name) ?? [];
      if (free.length < KEPT_BUFFERS) free.push(data);
      this.#free.set(name, free);
    }
  }
}
