// The inference thread: one runtime, used over messages. Started by worker-link.ts.
import { parentPort, workerData } from 'node:worker_threads';
import { toLimenError } from '../../../core/errors.ts';
import type { InferenceRuntime, Model, Tensor } from '../../../core/ports/inference.ts';
import type { Log } from '../../../core/ports/log.ts';
import { openInThread } from '../in-thread.ts';
import type { Computed, FromThread, Loaded, LogLevel, ThreadOptions, ToThread, Work } from './protocol.ts';

const port = parentPort;
if (port === null) throw new Error('thread.ts runs as a worker only');

const models = new Map<number, Model>();

function send(message: FromThread, transfer: readonly ArrayBuffer[] = []): void {
  port?.postMessage(message, transfer);
}

const forward =
  (level: LogLevel, bindings: Record<string, unknown>) =>
  (fields: Record<string, unknown>, message: string): void =>
    send({ kind: 'log', level, fields: { ...bindings, ...fields }, message });

function forwardingLog(bindings: Record<string, unknown>): Log {
  return {
    debug: forward('debug', bindings),
    info: forward('info', bindings),
    warn: forward('warn', bindings),
    error: forward('error', bindings),
    child: (more) => forwardingLog({ ...bindings, ...more }),
  };
}

async function perform(runtime: InferenceRuntime, work: Work): Promise<Loaded | Computed | undefined> {
  switch (work.kind) {
    case 'load': {
      const model = await runtime.load(work.source);
      const key = models.size + 1;
      models.set(key, model);
      return { model: key, inputs: model.inputs, outputs: model.outputs };
    }
    case 'run': {
      const outputs = await (models.get(work.model) as Model).run(work.inputs, work.outputs);
      return { outputs, inputs: work.inputs };
    }
    case 'unload':
      await models.get(work.model)?.close();
      return undefined;
  }
}

/** Every buffer that a result owns alone moves to the main thread without being copied. */
function ownedBuffers(result: Loaded | Computed | undefined): ArrayBuffer[] {
  if (result === undefined || 'model' in result) return [];
  const tensors: Tensor[] = [...Object.values(result.outputs), ...Object.values(result.inputs)];
  const whole = tensors.filter(({ data }) => data.byteLength === data.buffer.byteLength);
  return [...new Set(whole.map(({ data }) => data.buffer as ArrayBuffer))];
}

async function serve(runtime: InferenceRuntime, id: number, work: Work): Promise<void> {
  try {
    const result = await perform(runtime, work);
    send({ kind: 'done', id, result }, ownedBuffers(result));
  } catch (cause) {
    const { code, message } = toLimenError(cause, 'inference_failed');
    send({ kind: 'refused', id, code, message });
  }
}

async function main(): Promise<void> {
  const runtime = await openInThread(workerData as ThreadOptions, forwardingLog({}));
  port?.on('message', (message: ToThread) => {
    if (message.kind === 'work') void serve(runtime, message.id, message.work);
    // Without a listener on the port nothing keeps the thread alive.
    else void runtime.close().finally(() => port?.close());
  });
  send({ kind: 'ready', description: runtime.description });
}

main().catch((cause: unknown) => {
  const { code, message } = toLimenError(cause, 'inference_provider_unavailable');
  send({ kind: 'failed', code, message });
  port?.close();
});
