/** Dense float32 numbers, row-major. */
export interface Tensor {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

export interface TensorSpec {
  readonly name: string;
  readonly dims: readonly number[];
}

/**
 * One loaded network, made once and kept for the daemon's life. Inputs have the fixed shapes given at loading.
 * The caller owns input buffers and may refill them once `run` has settled; it owns the outputs from then on.
 */
export interface Model {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly string[];
  /**
   * Runs the network. `outputs` limits what is computed and returned.
   * @throws LimenError `inference_failed`
   */
  run(inputs: Readonly<Record<string, Tensor>>, outputs?: readonly string[]): Promise<Record<string, Tensor>>;
  close(): Promise<void>;
}

export interface ModelSource {
  /** For logs and errors. */
  readonly name: string;
  /** Path of the model file: `.onnx`, or a TF.js `model.json` for the tfjs driver. */
  readonly path: string;
  /** Fixes symbolic input dimensions, by input name. */
  readonly inputDims?: Readonly<Record<string, readonly number[]>>;
}

export interface InferenceRuntime {
  /** What actually runs, for the log and health, for instance `onnx/cpu` or `tfjs/wasm`. */
  readonly description: string;
  /** @throws LimenError `model_missing` | `model_unreadable` | `inference_provider_unavailable` */
  load(source: ModelSource): Promise<Model>;
  close(): Promise<void>;
}
