export type Priority = 'door' | 'request';

/**
 * Lets one piece of work in at a time; a waiting door frame goes before every waiting request. Holders are short
 * (one network run), so the door never waits longer than one of them.
 */
export class PriorityGate {
  #busy = false;
  readonly #waiting: Record<Priority, (() => void)[]> = { door: [], request: [] };

  async run<T>(priority: Priority, work: () => Promise<T>): Promise<T> {
    if (this.#busy) await new Promise<void>((resolve) => this.#waiting[priority].push(resolve));
    this.#busy = true;
    try {
      return await work();
    } finally {
      const next = this.#waiting.door.shift() ?? this.#waiting.request.shift();
      // handing over keeps the gate busy, so that nobody slips in between
      if (next === undefined) this.#busy = false;
      else next();
    }
  }
}
