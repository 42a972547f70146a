import type { DocumentStore } from '../../core/ports/store.ts';

/** A document for one run only. */
export class MemoryDocument<T extends object> implements DocumentStore<T> {
  #value: T;

  constructor(initial: T) {
    this.#value = initial;
  }

  get value(): T {
    return this.#value;
  }

  async update(change: (value: T) => T): Promise<T> {
    this.#value = change(this.#value);
    return this.#value;
  }
}
