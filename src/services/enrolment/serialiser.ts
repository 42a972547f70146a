/** Runs pieces of work one after another, in the order in which they came; a failed one does not stop the next. */
export class Serialiser {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work, work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
