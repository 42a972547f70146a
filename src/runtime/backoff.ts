/** Delays that double from `firstMs` to `maxMs`, each spread by ±`jitter` so that doors do not retry in step. */
export class Backoff {
  readonly #firstMs: number;
  readonly #maxMs: number;
  readonly #jitter: number;
  readonly #random: () => number;
  #attempt = 0;

  constructor(options: { firstMs: number; maxMs: number; jitter?: number; random?: () => number }) {
    this.#firstMs = options.firstMs;
    this.#maxMs = options.maxMs;
    this.#jitter = options.jitter ?? 0.2;
    this.#random = options.random ?? Math.random;
  }

  /** The next delay in ms, never above `maxMs`. */
  nextMs(): number {
    const base = Math.min(this.#maxMs, this.#firstMs * 2 ** Math.min(this.#attempt++, 30));
    return Math.min(this.#maxMs, base * (1 + this.#jitter * (2 * this.#random() - 1)));
  }

  /** After a success: start again from `firstMs`. */
  reset(): void {
    this.#attempt = 0;
  }
}
