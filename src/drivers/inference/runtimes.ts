import type { InferenceRuntime } from '../../core/ports/inference.ts';
import type { Log } from '../../core/ports/log.ts';
import { openOnnxRuntime } from './onnx/onnx-runtime.ts';
import type { Provider } from './onnx/session.ts';

export interface InferenceOptions {
  readonly runtime: 'onnx';
  readonly provider: Provider | 'auto';
  readonly threads: number;
}

/**
 * The runtime that the configuration names, computing on the calling thread.
 * @throws LimenError `inference_provider_unavailable`
 */
export function openInferenceRuntime(options: InferenceOptions, log: Log): Promise<InferenceRuntime> {
  return openOnnxRuntime({ provider: options.provider, threads: options.threads, log });
}
