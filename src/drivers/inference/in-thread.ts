import { availableParallelism } from 'node:os';
import type { InferenceRuntime } from '../../core/ports/inference.ts';
import type { Log } from '../../core/ports/log.ts';
import { openOnnxRuntime } from './onnx/onnx-runtime.ts';
import type { Provider } from './onnx/session.ts';

export interface InferenceOptions {
  readonly runtime: 'onnx' | 'tfjs';
  readonly provider: Provider | 'auto';
  /** Threads within one inference, ≥ 1; half the processors, at most 4, when not given. */
  readonly threads?: number;
}

/**
 * The configured runtime, computing on the calling thread.
 * @throws LimenError `inference_provider_unavailable`
 */
export async function openInThread(options: InferenceOptions, log: Log): Promise<InferenceRuntime> {
  const { runtime, provider } = options;
  if (runtime === 'onnx') {
    return openOnnxRuntime({ provider, threads: options.threads ?? defaultThreads(), log });
  }
  // TF.js is large and seldom wanted.
  const { openTfjsRuntime } = await import('./tfjs/tfjs-runtime.ts');
  return openTfjsRuntime({ provider, log });
}

/** The other half decodes the camera's pictures; the networks of the packs gain little beyond 4. */
function defaultThreads(): number {
  return Math.min(4, Math.max(1, Math.floor(availableParallelism() / 2)));
}
