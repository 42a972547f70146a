import type { Journal } from '../core/ports/journal.ts';
import type { Component } from '../runtime/component.ts';

/** Journals that the daemon is there and that it goes. Last to start, first to stop. */
export class Herald implements Component {
  readonly name = 'herald';
  readonly #journal: Journal;
  #announced = false;

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  async start(): Promise<void> {
    this.#journal.append({ type: 'daemon.started' });
    this.#announced = true;
  }

  async stop(): Promise<void> {
    if (!this.#announced) return;
    this.#announced = false;
    this.#journal.append({ type: 'daemon.stopping' });
  }
}
