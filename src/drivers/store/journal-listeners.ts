import { toLimenError } from '../../core/errors.ts';
import type { LimenEvent } from '../../core/events.ts';
import type { Log } from '../../core/ports/log.ts';

/** Who listens to a journal. None of them can disturb it. */
export class JournalListeners {
  readonly #log: Log;
  readonly #appended = new Set<(event: LimenEvent) => void>();
  readonly #tellable = new Set<() => void>();

  constructor(log: Log) {
    this.#log = log;
  }

  onAppended(listener: (event: LimenEvent) => void): () => void {
    this.#appended.add(listener);
    return () => this.#appended.delete(listener);
  }

  onTellable(listener: () => void): () => void {
    this.#tellable.add(listener);
    return () => this.#tellable.delete(listener);
  }

  appended(event: LimenEvent): void {
    for (const listener of this.#appended) this.#call(() => listener(event));
  }

  tellable(): void {
    for (const listener of this.#tellable) this.#call(listener);
  }

  #call(listener: () => void): void {
    try {
      listener();
    } catch (cause) {
      this.#log.error({ cause: toLimenError(cause).message }, 'a listener of the journal failed');
    }
  }
}
