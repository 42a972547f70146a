import type { InferenceRuntime } from '../../core/ports/inference.ts';
import type { Log } from '../../core/ports/log.ts';
import { type InferenceOptions, openInThread } from './in-thread.ts';
import { openWorkerRuntime } from './worker/worker-runtime.ts';

export type { InferenceOptions } from './in-thread.ts';

/**
 * Where `run` computes: a thread of its own, for a daemon whose timers and requests must not wait for a network, or
 * the calling thread, for verbs that do one thing and end.
 */
export type Thread = 'own' | 'calling';

/**
 * The runtime that the configuration names; the log says which provider runs and why others did not.
 * @throws LimenError `inference_provider_unavailable`
 */
export function openInferenceRuntime(
  options: InferenceOptions,
  log: Log,
  thread: Thread = 'own',
): Promise<InferenceRuntime> {
  return thread === 'own' ? openWorkerRuntime(options, log) : openInThread(options, log);
}
