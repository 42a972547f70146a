import { toLimenError } from '../../core/errors.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Journal } from '../../core/ports/journal.ts';
import type { Log } from '../../core/ports/log.ts';
import type { Health } from '../../runtime/health.ts';
import type { DoorNote } from './door-rules.ts';
import type { DoorState } from './door-state.ts';

/** Tells journal, health and whoever looks on what a door does. None of them can disturb it. */
export class DoorReporter {
  readonly #id: string;
  readonly #journal: Pick<Journal, 'append'>;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #health: Health | undefined;
  readonly #listeners = new Set<(state: DoorState) => void>();
  #shown = '';

  constructor(parts: {
    id: string;
    journal: Pick<Journal, 'append'>;
    clock: Clock;
    log: Log;
    health?: Health | undefined;
  }) {
    this.#id = parts.id;
    this.#journal = parts.journal;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#health = parts.health;
  }

  onState(listener: (state: DoorState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** `pulseMs`: how long the pulse that runs may still last. */
  announce({ type, ...rest }: DoorNote, pulseMs: number | undefined): void {
    const expires = type === 'door.unlocked' && pulseMs !== undefined;
    const expiresAt = expires
      ? { expiresAt: new Date(this.#clock.wall().getTime() + pulseMs).toISOString() }
      : {};
    try {
      this.#journal.append({ type, door: this.#id, ...rest, ...expiresAt });
    } catch (cause) {
      this.#log.error({ door: this.#id, cause: toLimenError(cause).message }, `${type} not journalled`);
    }
  }

  /** Repeats nothing that was told. */
  tell(state: DoorState): void {
    this.#reportHealth(state);
    const shown = JSON.stringify(state);
    if (shown === this.#shown) return;
    this.#shown = shown;
    for (const listener of this.#listeners) {
      try {
        listener(state);
      } catch (cause) {
        this.#log.error(
          { door: this.#id, cause: toLimenError(cause).message },
          'a listener of the door failed',
        );
      }
    }
  }

  #reportHealth({ relay, lock }: DoorState): void {
    const name = `door ${this.#id}`;
    if (relay === 'none') this.#health?.report(name, 'degraded', 'NO DOOR CONNECTED');
    else if (lock === 'fault') {
      this.#health?.report(name, 'failed', 'the relay does not obey; take the door as not under control');
    } else this.#health?.report(name, 'ok');
  }
}
