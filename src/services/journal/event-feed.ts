import { type EventFilter, eventMatches } from '../../core/event-filter.ts';
import type { LimenEvent } from '../../core/events.ts';
import type { Journal } from '../../core/ports/journal.ts';

/** Events read at one time for one listener. */
const PORTION = 200;

/**
 * Follows the journal for listeners: first what they missed, then what happens. Every event comes from the journal and
 * at the listener's own pace, so that nothing is queued for anybody and nobody misses or repeats one. What a power cut
 * could still take back is not told.
 */
export class EventFeed {
  readonly #journal: Pick<Journal, 'read' | 'tellableSeq' | 'onTellable'>;

  constructor(journal: Pick<Journal, 'read' | 'tellableSeq' | 'onTellable'>) {
    this.#journal = journal;
  }

  /** Of the newest event that is told. */
  get lastSeq(): number {
    return this.#journal.tellableSeq;
  }

  /**
   * Portions of matching events after `afterSeq`, in order. Waits for more at the end, until `signal` aborts; then it
   * is over. @throws LimenError `store_corrupt`
   */
  async *follow(
    afterSeq: number,
    filter: EventFilter,
    signal: AbortSignal,
  ): AsyncGenerator<readonly LimenEvent[], void> {
    const bell = new Bell(signal);
    const off = this.#journal.onTellable(() => bell.ring());
    try {
      for (let seq = afterSeq; !signal.aborted; ) {
        bell.listen();
        const upTo = this.#journal.tellableSeq;
        const portion = (await this.#journal.read(seq, PORTION)).filter((event) => event.seq <= upTo);
        seq = portion.at(-1)?.seq ?? seq;
        const events = portion.filter((event) => eventMatches(event, filter));
        if (events.length > 0) yield events;
        if (portion.length === 0) await bell.rung();
      }
    } finally {
      off();
      bell.close();
    }
  }
}

/** `rung` waits for a ring since `listen`, or for the signal. */
class Bell {
  readonly #signal: AbortSignal;
  readonly #onAbort = () => this.ring();
  #rung = false;
  #wake: () => void = () => {};

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** What rings from now on counts. */
  listen(): void {
    this.#rung = false;
  }

  ring(): void {
    this.#rung = true;
    this.#wake();
  }

  async rung(): Promise<void> {
    if (this.#rung || this.#signal.aborted) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }

  close(): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
  }
}
