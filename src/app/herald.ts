import type { Journal } from '../core/ports/journal.ts';
import type { Component } from '../runtime/component.ts';

/** Tells that the daemon is there and that it goes: after the links to the building, before the cameras. */
export class Herald implements Component {
  readonly name = 'herald';
  readonly #journal: Journal;
  readonly #doors: readonly { announce(): void }[];
  #announced = false;

  constructor(journal: Journal, doors: readonly { announce(): void }[]) {
    this.#journal = journal;
    this.#doors = doors;
  }

  async start(): Promise<void> {
    for (const door of this.#doors) door.announce();
    this.#journal.append({ type: 'daemon.started' });
    this.#announced = true;
  }

  async stop(): Promise<void> {
    if (!this.#announced) return;
    this.#announced = false;
    this.#journal.append({ type: 'daemon.stopping' });
  }
}
