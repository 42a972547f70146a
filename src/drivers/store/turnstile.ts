/**
 * Order among changes: those under one key run one after the other, those under different keys together, and an
 * exclusive one alone. First come, first served.
 */
export class Turnstile {
  readonly #lastOfKey = new Map<string, Promise<void>>();
  readonly #running = new Set<Promise<void>>();
  #lastExclusive: Promise<void> = Promise.resolve();

  /** Runs `work` after everything before it under `key` and every exclusive change before it. */
  shared<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = Promise.all([this.#lastExclusive, this.#lastOfKey.get(key)]);
    const result = before.then(work);
    const done = this.#track(result, () => {
      if (this.#lastOfKey.get(key) === done) this.#lastOfKey.delete(key);
    });
    this.#lastOfKey.set(key, done);
    return result;
  }

  /** Runs `work` after everything before it and before everything after it. */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = Promise.all(this.#running).then(work);
    this.#lastExclusive = this.#track(result, () => undefined);
    return result;
  }

  #track(result: Promise<unknown>, after: () => void): Promise<void> {
    const settled = () => {
      this.#running.delete(done);
      after();
    };
    const done = result.then(settled, settled);
    this.#running.add(done);
    return done;
  }
}
