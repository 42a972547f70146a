import { createHash } from 'node:crypto';
import Type, { type Static } from 'typebox';
import Value from 'typebox/value';
import type { Clock } from '../../core/ports/clock.ts';
import type { DocumentStore } from '../../core/ports/store.ts';

/** Wrong passwords in a row that lock a name. */
export const MAX_FAILURES = 5;
/** How long a name is locked, and after how long failures are forgotten. */
export const LOCK_MS = 15 * 60_000;
/** Names without an account that are remembered; the oldest make way. */
const MAX_STRANGERS = 256;

const EntrySchema = Type.Object({
  failures: Type.Integer({ minimum: 1 }),
  /** RFC 3339 UTC of the newest failure. */
  lastAt: Type.String(),
  locked: Type.Boolean(),
  /** Whether the name had an account. */
  known: Type.Boolean(),
});
type Entry = Readonly<Static<typeof EntrySchema>>;

const DocumentSchema = Type.Object({ names: Type.Record(Type.String(), EntrySchema) });

export interface AttemptsDocument {
  /** By digest of the name: people type passwords into the field for the name. */
  readonly names: Readonly<Record<string, Entry>>;
}

/** The document as read from disk. @throws TypeError when it is none */
export function parseAttempts(data: unknown): AttemptsDocument {
  if (Value.Check(DocumentSchema, data)) return data;
  throw new TypeError('the login attempts do not have the shape of their schema');
}

/** `locked_now`: this failure was the one too many. */
export type AttemptVerdict = 'accepted' | 'refused' | 'locked_now';

/**
 * Counts wrong passwords and locks names, on disk, so that a restart forgives nothing. Names without an account are
 * counted and locked alike: neither the answer nor the time it takes tells them apart.
 */
export class LoginAttempts {
  readonly #document: DocumentStore<AttemptsDocument>;
  readonly #clock: Clock;

  constructor(document: DocumentStore<AttemptsDocument>, clock: Clock) {
    this.#document = document;
    this.#clock = clock;
  }

  isLocked(username: string): boolean {
    const entry = this.#document.value.names[digest(username)];
    return entry?.locked === true && this.#recent(entry);
  }

  /** Takes note of one login. While a name is locked, the right password is refused as well. @throws `store_fault` */
  async note(username: string, login: { known: boolean; matched: boolean }): Promise<AttemptVerdict> {
    const key = digest(username);
    let verdict: AttemptVerdict = 'refused';
    await this.#document.update((value) => {
      const found = value.names[key];
      const entry = found !== undefined && this.#recent(found) ? found : undefined;
      if (entry?.locked) return value;
      if (login.matched) {
        verdict = 'accepted';
        return found === undefined ? value : { names: without(value.names, key) };
      }
      const failures = (entry?.failures ?? 0) + 1;
      const locked = failures >= MAX_FAILURES;
      if (locked) verdict = 'locked_now';
      const lastAt = this.#clock.wall().toISOString();
      const kept = this.#bounded(without(value.names, key));
      return { names: { ...kept, [key]: { failures, lastAt, locked, known: login.known } } };
    });
    return verdict;
  }

  async forgive(username: string): Promise<void> {
    const key = digest(username);
    await this.#document.update((value) =>
      value.names[key] === undefined ? value : { names: without(value.names, key) },
    );
  }

  async clear(): Promise<void> {
    await this.#document.update(() => ({ names: {} }), { forget: true });
  }

  /** A clock that was set back does not lock for longer than the lock lasts. */
  #recent(entry: Entry): boolean {
    return Math.abs(this.#clock.wall().getTime() - Date.parse(entry.lastAt)) < LOCK_MS;
  }

  #bounded(names: AttemptsDocument['names']): AttemptsDocument['names'] {
    const recent = Object.entries(names).filter(([, entry]) => this.#recent(entry));
    const strangers = recent
      .filter(([, entry]) => !entry.known)
      .sort(([, a], [, b]) => Date.parse(b.lastAt) - Date.parse(a.lastAt))
      .slice(0, MAX_STRANGERS - 1);
    return Object.fromEntries([...recent.filter(([, entry]) => entry.known), ...strangers]);
  }
}

function without(names: AttemptsDocument['names'], key: string): AttemptsDocument['names'] {
  return Object.fromEntries(Object.entries(names).filter(([other]) => other !== key));
}

function digest(username: string): string {
  return createHash('sha256').update(username).digest('hex');
}
