import { toLimenError } from '../core/errors.ts';
import type { Log } from '../core/ports/log.ts';

/**
 * Something that lives as long as the daemon. The constructor only assigns; `start` does the I/O and leaves
 * nothing running when it rejects; `stop` is idempotent, bounded, and legal before or during `start`.
 */
export interface Component {
  readonly name: string;
  start(signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

/** Starts components in order and stops them in reverse; a failed start stops those before it. */
export class Lifecycle {
  readonly #components: readonly Component[];
  readonly #log: Log;
  readonly #stopGraceMs: number;
  readonly #started: Component[] = [];
  #stopping: Promise<void> | undefined;
  #running = false;

  constructor(components: readonly Component[], log: Log, options: { stopGraceMs?: number } = {}) {
    this.#components = components;
    this.#log = log;
    this.#stopGraceMs = options.stopGraceMs ?? 5_000;
  }

  /** Whether the start is complete and the stop has not begun. */
  get running(): boolean {
    return this.#running;
  }

  async start(signal: AbortSignal): Promise<void> {
    try {
      for (const component of this.#components) {
        signal.throwIfAborted();
        this.#started.push(component);
        await component.start(signal);
      }
      this.#running = true;
    } catch (cause) {
      await this.stop();
      throw cause;
    }
  }

  stop(): Promise<void> {
    this.#running = false;
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  async #stopAll(): Promise<void> {
    for (const component of this.#started.reverse()) {
      try {
        await withDeadline(component.stop(), this.#stopGraceMs);
      } catch (cause) {
        this.#log.error(
          { component: component.name, cause: toLimenError(cause).message },
          'did not stop cleanly',
        );
      }
    }
  }
}

function withDeadline(work: Promise<void>, ms: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`still stopping after ${ms} ms`)), ms);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
