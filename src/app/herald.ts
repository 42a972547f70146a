import type { Journal } from '../core/ports/journal.ts';
import type { Component } from '../runtime/component.ts';

export interface HeraldedDoor {
  /** Publishes the state that nothing has changed yet. */
  announce(): void;
  readonly door: { stop(): Promise<void> };
}

/**
 * Tells that the daemon is there and that it goes: after the links to the building, before the cameras. It closes the
 * doors first, so that a pulse ends without waiting for anybody else to stop, and the building hears of it.
 */
export class Herald implements Component {
  readonly name = 'herald';
  readonly #journal: Journal;
  readonly #doors: readonly HeraldedDoor[];
  #announced = false;

  constructor(journal: Journal, doors: readonly HeraldedDoor[]) {
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
    // one that fails is reported when its own turn to stop comes
    await Promise.allSettled(this.#doors.map(({ door }) => door.stop()));
    this.#journal.append({ type: 'daemon.stopping' });
  }
}
