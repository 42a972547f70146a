import { randomBytes, randomUUID } from 'node:crypto';
import { toLimenError } from '../../core/errors.ts';
import type { EventBody } from '../../core/events.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Eraser, ErasureSubject } from '../../core/ports/erasure.ts';
import type { Journal } from '../../core/ports/journal.ts';
import type { Log } from '../../core/ports/log.ts';
import type { DocumentStore } from '../../core/ports/store.ts';
import type { ErasuresDocument, Pending } from './pending.ts';
import { pseudonymised, textOf } from './pseudonym.ts';

/** As often as the journal is tidied; a reader that was configured away holds nothing back after the first time. */
const TIDY_EVERY_MS = 3_600_000;

export interface ErasureParts {
  readonly document: DocumentStore<ErasuresDocument>;
  readonly journal: Journal;
  /** Whether the subject is still there, asked at the start: then its removal was never carried out. */
  readonly exists: (subject: ErasureSubject) => Promise<boolean>;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Reaches into the journal after a removal: events that name the removed carry a substitute from then on. The event of
 * the removal itself keeps the name until every reader (the broker) has had it, since the building must know whom to
 * forget, and is treated then. What is to be done is on disk before anything is removed.
 */
export class Erasure implements Eraser {
  readonly name = 'erasure';
  readonly #parts: ErasureParts;
  /** Erasures that `erase` is about; not to be finished by anybody else. */
  readonly #active = new Set<string>();
  #cancelTidy: () => void = () => {};
  #tidying: Promise<void> = Promise.resolve();

  constructor(parts: ErasureParts) {
    this.#parts = parts;
  }

  /** Finishes what a crash cut short. @throws LimenError `store_fault` | `store_corrupt` */
  async start(): Promise<void> {
    for (const entry of this.#parts.document.value.pending) {
      if (entry.rest !== undefined) continue;
      const { kind } = entry.subject;
      if (await this.#parts.exists(entry.subject)) await this.#drop(entry);
      else {
        const changed = await this.#rewrite(entry, 0, this.#parts.journal.lastSeq);
        await this.#drop(entry);
        this.#parts.log.info({ of: kind, events: changed }, 'finished an erasure that was cut short');
      }
    }
    this.#scheduleTidy();
  }

  async stop(): Promise<void> {
    this.#cancelTidy();
    await this.#tidying;
  }

  async erase<T>(
    subject: ErasureSubject,
    work: () => Promise<T>,
    eventOf: (result: T) => EventBody | undefined,
  ): Promise<T> {
    const entry: Pending = { id: randomUUID(), subject, secret: randomBytes(32).toString('base64') };
    this.#active.add(entry.id);
    try {
      await this.#change((pending) => [...pending, entry]);
      return await this.#carryOut(entry, work, eventOf);
    } finally {
      this.#active.delete(entry.id);
    }
  }

  async #carryOut<T>(
    entry: Pending,
    work: () => Promise<T>,
    eventOf: (result: T) => EventBody | undefined,
  ): Promise<T> {
    const { journal, log } = this.#parts;
    let result: T;
    try {
      result = await work();
    } catch (cause) {
      await this.#drop(entry).catch(() => undefined); // the next start finds the subject there, and drops it
      throw cause;
    }
    const event = eventOf(result);
    if (event === undefined) {
      await this.#drop(entry);
      return result;
    }
    const afterSeq = journal.lastSeq;
    const { seq: upToSeq } = journal.append(event);
    try {
      await this.#rewrite(entry, 0, afterSeq);
      const done: Pending = { ...entry, rest: { afterSeq, upToSeq } };
      await this.#change((pending) => pending.map((other) => (other.id === entry.id ? done : other)));
    } catch (cause) {
      // the removal itself is done and stays so; the entry is still on disk
      log.error(
        { cause: toLimenError(cause).message },
        'the journal still names who was removed; tried again',
      );
    }
    return result;
  }

  /** What has become possible: events of removals that everybody has had, and erasures that failed. */
  async tidy(): Promise<void> {
    const { journal, document, exists } = this.#parts;
    for (const entry of document.value.pending) {
      if (this.#active.has(entry.id)) continue;
      if (entry.rest === undefined) {
        if (await exists(entry.subject)) continue;
        await this.#rewrite(entry, 0, journal.lastSeq);
      } else {
        if (journal.deliveredSeq < entry.rest.upToSeq) continue;
        await this.#rewrite(entry, entry.rest.afterSeq, entry.rest.upToSeq);
      }
      await this.#drop(entry);
    }
  }

  #rewrite({ subject, secret }: Pending, afterSeq: number, upToSeq: number): Promise<number> {
    const range = { afterSeq, upToSeq, holding: textOf(subject) };
    return this.#parts.journal.rewrite(range, (event) => pseudonymised(event, subject, secret));
  }

  #scheduleTidy(): void {
    this.#cancelTidy = this.#parts.clock.after(TIDY_EVERY_MS, () => {
      this.#tidying = this.tidy().catch((cause: unknown) => {
        this.#parts.log.warn({ cause: toLimenError(cause).message }, 'could not finish an erasure yet');
      });
      this.#scheduleTidy();
    });
  }

  #drop(entry: Pending): Promise<void> {
    return this.#change((pending) => pending.filter(({ id }) => id !== entry.id));
  }

  async #change(change: (pending: readonly Pending[]) => readonly Pending[]): Promise<void> {
    await this.#parts.document.update(({ pending }) => ({ pending: change(pending) }), { forget: true });
  }
}
