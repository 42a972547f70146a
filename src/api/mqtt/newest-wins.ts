import type { Clock } from '../../core/ports/clock.ts';

/** Passes values on at most once per `intervalMs`; of those that come too early only the newest is kept. */
export class NewestWins<T> {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #pass: (value: T) => void;
  #lastMs = Number.NEGATIVE_INFINITY;
  #waiting: { readonly value: T } | undefined;
  #cancel: (() => void) | undefined;

  constructor(options: { clock: Clock; intervalMs: number; pass: (value: T) => void }) {
    this.#clock = options.clock;
    this.#intervalMs = options.intervalMs;
    this.#pass = options.pass;
  }

  offer(value: T): void {
    this.#waiting = { value };
    const waitMs = this.#lastMs + this.#intervalMs - this.#clock.nowMs();
    if (waitMs <= 0) this.flush();
    else this.#cancel ??= this.#clock.after(waitMs, () => this.flush());
  }

  /** Passes the waiting value on at once. */
  flush(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    this.#waiting = undefined;
    this.#lastMs = this.#clock.nowMs();
    this.#pass(waiting.value);
  }

  /** Drops the waiting value. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#waiting = undefined;
  }
}
