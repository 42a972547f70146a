import type { Clock } from '../core/ports/clock.ts';

export type Admitted<T> =
  | { readonly kind: 'done'; readonly value: T }
  /** Refused without having been started. */
  | { readonly kind: 'busy'; readonly retryAfterS: number };

interface Waiting {
  begin(): void;
  leave(): void;
}

/**
 * The bounded queue in front of decoding and inference for requests from outside: `slots` run, `maxWaiting` wait
 * in order for at most `maxWaitMs`, everybody else is refused at once. Door frames do not pass here.
 */
export class Admission {
  readonly #clock: Clock;
  readonly #slots: number;
  readonly #maxWaiting: number;
  readonly #maxWaitMs: number;
  #running = 0;
  #queue: Waiting[] = [];

  constructor(options: { clock: Clock; slots?: number; maxWaiting?: number; maxWaitMs?: number }) {
    this.#clock = options.clock;
    this.#slots = options.slots ?? 1;
    this.#maxWaiting = options.maxWaiting ?? 16;
    this.#maxWaitMs = options.maxWaitMs ?? 10_000;
  }

  get counts(): { readonly running: number; readonly waiting: number } {
    return { running: this.#running, waiting: this.#queue.length };
  }

  /** Runs `work` when its turn comes. Rejects with the signal's reason when the caller goes away while waiting. */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<Admitted<T>> {
    signal?.throwIfAborted();
    if (this.#running >= this.#slots) {
      if (this.#queue.length >= this.#maxWaiting || !(await this.#wait(signal))) {
        return { kind: 'busy', retryAfterS: Math.max(1, Math.ceil(this.#maxWaitMs / 2_000)) };
      }
    } else {
      this.#running++;
    }
    try {
      return { kind: 'done', value: await work() };
    } finally {
      const next = this.#queue.shift();
      // the slot is handed over, so that nobody slips in between
      if (next === undefined) this.#running--;
      else next.begin();
    }
  }

  /** True when the slot is ours, false when the waiting time is over. */
  #wait(signal: AbortSignal | undefined): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        cancel();
        signal?.removeEventListener('abort', onAbort);
        this.#queue = this.#queue.filter((other) => other !== entry);
      };
      const entry: Waiting = {
        begin: () => {
          settle();
          resolve(true);
        },
        leave: () => {
          settle();
          resolve(false);
        },
      };
      const onAbort = () => {
        settle();
        reject(signal?.reason);
      };
      const cancel = this.#clock.after(this.#maxWaitMs, entry.leave);
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#queue.push(entry);
    });
  }
}
