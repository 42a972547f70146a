import { createHash } from 'node:crypto';
import Type, { type Static } from 'typebox';
import Value from 'typebox/value';
import type { Clock } from '../../core/ports/clock.ts';
import type { DocumentStore } from '../../core/ports/store.ts';

/** Different wrong tokens that lock an address out. */
export const MAX_WRONG_TOKENS = 10;
/** How long an address is locked out, and after how long wrong tokens are forgotten. */
export const LOCK_OUT_MS = 15 * 60_000;
/** Addresses that are remembered; the oldest make way. */
const MAX_ADDRESSES = 256;
/** Of a digest, hex: enough to tell wrong tokens apart, of no use to anybody else. */
const DIGEST_LENGTH = 8;

const EntrySchema = Type.Object({
  /** Digests of the wrong tokens. */
  wrong: Type.Array(Type.String()),
  /** RFC 3339 UTC of the newest one. */
  lastAt: Type.String(),
});
type Entry = { readonly wrong: readonly string[]; readonly lastAt: string };

const DocumentSchema = Type.Object({ addresses: Type.Record(Type.String(), EntrySchema) });

export interface FailedTokensDocument {
  readonly addresses: Readonly<Record<string, Entry>>;
}

/** The document as read from disk. @throws TypeError when it is none */
export function parseFailedTokens(data: unknown): FailedTokensDocument {
  if (Value.Check(DocumentSchema, data)) return data satisfies Static<typeof DocumentSchema>;
  throw new TypeError('the failed tokens do not have the shape of their schema');
}

/**
 * Counts wrong tokens by address and locks addresses out, on disk, so that a restart forgives nothing. The same
 * wrong token again does not count: a terminal whose token was revoked is no guesser.
 */
export class FailedTokens {
  readonly #document: DocumentStore<FailedTokensDocument>;
  readonly #clock: Clock;

  constructor(document: DocumentStore<FailedTokensDocument>, clock: Clock) {
    this.#document = document;
    this.#clock = clock;
  }

  /** For how much longer no token from this address is looked at, ms; 0 when it is not locked out. */
  lockedForMs(address: string): number {
    const entry = this.#document.value.addresses[address];
    if (entry === undefined || entry.wrong.length < MAX_WRONG_TOKENS) return 0;
    return this.#leftMs(entry);
  }

  /** Resolves to whether this was the one too many. @throws LimenError `store_fault` */
  async note(address: string, presented: string): Promise<boolean> {
    const digest = createHash('sha256').update(presented).digest('hex').slice(0, DIGEST_LENGTH);
    let locked = false;
    await this.#document.update((value) => {
      const recent = Object.entries(value.addresses).filter(([, entry]) => this.#leftMs(entry) > 0);
      const before = recent.find(([other]) => other === address)?.[1].wrong ?? [];
      if (before.length >= MAX_WRONG_TOKENS || before.includes(digest)) return value;
      const entry: Entry = { wrong: [...before, digest], lastAt: this.#clock.wall().toISOString() };
      locked = entry.wrong.length >= MAX_WRONG_TOKENS;
      const others = recent
        .filter(([other]) => other !== address)
        // those that are locked out are kept longest, then the newest
        .sort(([, a], [, b]) => rank(b) - rank(a) || Date.parse(b.lastAt) - Date.parse(a.lastAt))
        .slice(0, MAX_ADDRESSES - 1);
      return { addresses: { ...Object.fromEntries(others), [address]: entry } };
    });
    return locked;
  }

  /** A clock that was set back does not lock for longer than the lock lasts. */
  #leftMs(entry: Entry): number {
    const ageMs = Math.abs(this.#clock.wall().getTime() - Date.parse(entry.lastAt));
    return Math.max(0, LOCK_OUT_MS - ageMs);
  }
}

function rank({ wrong }: Entry): number {
  return wrong.length >= MAX_WRONG_TOKENS ? 1 : 0;
}
