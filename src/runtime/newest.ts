/** Hands each value to those who are waiting for the next one; nobody waits for them, and nothing is kept. */
export class Newest<T> {
  readonly #waiting = new Set<(value: T) => void>();

  offer(value: T): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const take of waiting) take(value);
  }

  /** The next value from now on. Rejects with the signal's reason when it aborts first. */
  next(signal: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      const take = (value: T) => {
        signal.removeEventListener('abort', left);
        resolve(value);
      };
      const left = () => {
        this.#waiting.delete(take);
        reject(signal.reason);
      };
      signal.addEventListener('abort', left, { once: true });
      this.#waiting.add(take);
    });
  }
}
