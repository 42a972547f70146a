import { Worker } from 'node:worker_threads';
import { LimenError } from '../../../core/errors.ts';
import type { Log } from '../../../core/ports/log.ts';
import { silenceTelemetry } from '../onnx/no-telemetry.ts';
import type { FromThread, ThreadOptions, ToThread, Work } from './protocol.ts';

/** Work that may wait for the thread; more than this many frames behind, an answer is of no use to a door. */
export const MAX_WAITING = 64;

interface Waiting {
  resolve(result: unknown): void;
  reject(error: LimenError): void;
}

/**
 * The main thread's end of the inference thread. When the thread ends for whatever reason, all that waits is rejected
 * with `inference_failed`, and so is all later work.
 */
export class WorkerLink {
  readonly #worker: Worker;
  readonly #log: Log;
  readonly #waiting = new Map<number, Waiting>();
  readonly #exited: Promise<void>;
  #ready: { resolve(description: string): void; reject(error: LimenError): void } | undefined;
  #ended: LimenError | undefined;
  #lastId = 0;

  constructor(options: ThreadOptions, log: Log, start: (options: ThreadOptions) => Worker = startThread) {
    this.#log = log;
    this.#worker = start(options);
    this.#exited = new Promise((resolve) => {
      this.#worker.once('exit', (code) => {
        this.#end(`the inference thread ended with code ${code}`);
        resolve();
      });
    });
    this.#worker.on('message', (message: FromThread) => this.#receive(message));
    this.#worker.on('messageerror', (cause) => this.#end(`an unreadable answer: ${cause.message}`));
    this.#worker.on('error', (cause) => this.#end(`the inference thread failed: ${cause.message}`));
  }

  /** Resolves with the runtime's description. To be called once, at once. @throws LimenError why it did not start */
  started(): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#ready = { resolve, reject };
    });
  }

  /** Hands work over; buffers in `transfer` are gone for the caller. @throws LimenError `busy` | `inference_failed` */
  call(work: Work, transfer: readonly ArrayBuffer[] = []): Promise<unknown> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    if (this.#waiting.size >= MAX_WAITING) {
      const message = `${MAX_WAITING} inferences are waiting for the inference thread`;
      return Promise.reject(new LimenError('busy', message));
    }
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      const message: ToThread = { kind: 'work', id, work };
      this.#worker.postMessage(message, transfer);
    });
  }

  /** Lets the thread finish what it has, release its sessions and end. */
  async close(): Promise<void> {
    const message: ToThread = { kind: 'shutdown' };
    this.#worker.postMessage(message);
    await this.#exited;
  }

  #receive(message: FromThread): void {
    switch (message.kind) {
      case 'ready':
        this.#ready?.resolve(message.description);
        return;
      case 'failed':
        this.#ready?.reject(new LimenError(message.code, message.message));
        return;
      case 'log':
        this.#log[message.level](message.fields, message.message);
        return;
      case 'done':
        this.#settle(message.id)?.resolve(message.result);
        return;
      case 'refused':
        this.#settle(message.id)?.reject(new LimenError(message.code, message.message));
    }
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }

  /** The first reason stays; the exit that follows an error adds nothing. */
  #end(why: string): void {
    this.#ended ??= new LimenError('inference_failed', why);
    this.#ready?.reject(this.#ended);
    for (const { reject } of this.#waiting.values()) reject(this.#ended);
    this.#waiting.clear();
  }
}

/** Runs thread.ts, or thread.js in a build. */
function startThread(options: ThreadOptions): Worker {
  silenceTelemetry();
  const settings = { workerData: options, execArgv: [], name: 'inference' };
  if (!import.meta.url.endsWith('.ts')) {
    return new Worker(new URL('./thread.js', import.meta.url), settings);
  }
  // From a checkout: tsx, loaded with --import, stays out of worker threads on Node 20; its API does not.
  const [tsx, thread] = [import.meta.resolve('tsx/esm/api'), new URL('./thread.ts', import.meta.url).href];
  const code = `import(${JSON.stringify(tsx)}).then((tsx) => {
    tsx.register();
    return import(${JSON.stringify(thread)});
  });`;
  return new Worker(code, { ...settings, eval: true });
}
