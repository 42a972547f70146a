import { randomUUID } from 'node:crypto';
import type { EventBody, LimenEvent } from '../../core/events.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Journal, RewriteRange } from '../../core/ports/journal.ts';

/** Events kept for readers that come later. */
const CAPACITY = 10_000;

export interface MemoryJournalOptions {
  readonly device: string;
  readonly clock: Clock;
  /** Ids are `bootId-seq`, so a given one makes a run repeatable; random when not given. */
  readonly bootId?: string;
}

/** The journal of a run without a state directory (`watch` over a file): the newest 10,000 events. */
export class MemoryJournal implements Journal {
  readonly #options: MemoryJournalOptions;
  readonly #bootId: string;
  readonly #events: LimenEvent[] = [];
  readonly #cursors = new Map<string, number>();
  readonly #listeners = new Set<(event: LimenEvent) => void>();
  #lastSeq = 0;

  constructor(options: MemoryJournalOptions) {
    this.#options = options;
    this.#bootId = options.bootId ?? randomUUID();
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  get tellableSeq(): number {
    return this.#lastSeq;
  }

  onTellable(listener: () => void): () => void {
    return this.subscribe(() => listener());
  }

  append(body: EventBody): LimenEvent {
    const { clock, device } = this.#options;
    const seq = ++this.#lastSeq;
    const identity = { id: `${this.#bootId}-${seq}`, seq, bootId: this.#bootId, device };
    const time = { at: clock.wall().toISOString(), clockSynced: clock.wallSynced() };
    const event: LimenEvent = { ...body, ...identity, ...time };
    this.#events.push(event);
    if (this.#events.length > CAPACITY) this.#events.shift();
    for (const listener of this.#listeners) listener(event);
    return event;
  }

  async read(afterSeq: number, limit: number): Promise<readonly LimenEvent[]> {
    const skipped = this.#lastSeq - this.#events.length;
    const from = Math.max(0, afterSeq - skipped);
    return this.#events.slice(from, from + Math.max(0, limit));
  }

  subscribe(listener: (event: LimenEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  cursor(reader: string): number {
    return this.#cursors.get(reader) ?? 0;
  }

  advance(reader: string, seq: number): void {
    if (seq > this.cursor(reader)) this.#cursors.set(reader, Math.min(seq, this.#lastSeq));
  }

  get deliveredSeq(): number {
    return Math.min(this.#lastSeq, ...this.#cursors.values());
  }

  async rewrite(range: RewriteRange, change: (event: LimenEvent) => LimenEvent): Promise<number> {
    let changed = 0;
    this.#events.forEach((event, i) => {
      if (event.seq <= range.afterSeq || event.seq > range.upToSeq) return;
      const next = change(event);
      if (next === event) return;
      this.#events[i] = next;
      changed++;
    });
    return changed;
  }

  async flush(): Promise<void> {}
}
