import { timingSafeEqual } from 'node:crypto';
import { toLimenError } from '../../core/errors.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Journal } from '../../core/ports/journal.ts';
import type { Log } from '../../core/ports/log.ts';
import type { DocumentStore } from '../../core/ports/store.ts';
import type { Role } from '../../core/role.ts';
import {
  checkName,
  hashOf,
  inForce,
  newId,
  newSecret,
  type Token,
  type TokensDocument,
  type TokenView,
  viewOf,
} from './token.ts';

/** The document is read and compared as a whole. */
export const MAX_TOKENS = 256;
/** How long after its issue or re-entry a token may reset (the contract's 5 minutes). */
export const RECENT_MS = 5 * 60_000;

/** How often the expiry of a token that holds a stream open is compared with the wall clock. */
const EXPIRY_LOOK_MS = 30_000;
const OVER_AGAIN_MS = 1_000;

export type CreateTokenOutcome =
  /** `secret` is shown this once and kept nowhere. */
  | { readonly kind: 'created'; readonly secret: string; readonly token: TokenView }
  | { readonly kind: 'exists' }
  | { readonly kind: 'invalid'; readonly detail: string }
  | { readonly kind: 'full'; readonly limit: number };

/** Whoever presented a token that is in force. */
export interface Bearer {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** RFC 3339 UTC. */
  readonly issuedAt: string;
}

export interface TokensParts {
  readonly document: DocumentStore<TokensDocument>;
  readonly journal: Pick<Journal, 'append'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** API tokens: made, listed, revoked and recognised. Only hashes are kept; every change is journalled. */
export class Tokens {
  readonly #parts: TokensParts;
  /** When a token was entered again from an address, on the monotonic clock; a restart forgets it. */
  readonly #reentries = new Map<string, number>();
  readonly #onRevoked = new Set<(id: string) => void>();

  constructor(parts: TokensParts) {
    this.#parts = parts;
  }

  /** Whether any token is in force. */
  get any(): boolean {
    const now = this.#parts.clock.wall();
    return this.#all.some((token) => inForce(token, now));
  }

  /** Names are unique. `expiresAt` is RFC 3339. @throws LimenError `store_fault`: no token was made */
  async create(request: {
    readonly name: string;
    readonly role: Role;
    readonly expiresAt?: string;
    readonly actor: string;
  }): Promise<CreateTokenOutcome> {
    const { document, clock } = this.#parts;
    const { name, role, actor } = request;
    const now = clock.wall();
    const expiresMs = request.expiresAt === undefined ? undefined : Date.parse(request.expiresAt);
    const detail = checkName(name) ?? (expiresMs === undefined ? undefined : checkExpiry(expiresMs, now));
    if (detail !== undefined) return { kind: 'invalid', detail };
    const secret = newSecret();
    const token: Token = {
      id: newId(),
      name,
      role,
      createdAt: now.toISOString(),
      ...(expiresMs !== undefined && { expiresAt: new Date(expiresMs).toISOString() }),
      sha256: hashOf(secret),
    };
    let outcome: CreateTokenOutcome = { kind: 'created', secret, token: viewOf(token) };
    await document.update((value) => {
      if (value.tokens.some((other) => other.name === name)) outcome = { kind: 'exists' };
      else if (value.tokens.length >= MAX_TOKENS) outcome = { kind: 'full', limit: MAX_TOKENS };
      else return { tokens: [...value.tokens, token] };
      return value;
    });
    if (outcome.kind === 'created') this.#journal(token, 'token_created', actor);
    return outcome;
  }

  /** In order of creation, expired ones included. */
  list(): readonly TokenView[] {
    return this.#all.map(viewOf);
  }

  /** False when there was none. No file keeps its hash afterwards. @throws LimenError `store_fault` */
  async revoke(id: string, actor: string): Promise<boolean> {
    let revoked: Token | undefined;
    await this.#parts.document.update(
      (value) => {
        revoked = value.tokens.find((token) => token.id === id);
        return revoked === undefined ? value : { tokens: value.tokens.filter((token) => token.id !== id) };
      },
      { forget: true },
    );
    if (revoked === undefined) return false;
    this.#journal(revoked, 'token_revoked', actor);
    for (const listener of [...this.#onRevoked]) listener(id);
    return true;
  }

  /**
   * Calls `listener` once the token is revoked or has expired, and every second again until the function that is
   * returned takes it back: what is to end may be about to begin.
   */
  whenOver({ id }: Bearer, listener: () => void): () => void {
    const { clock } = this.#parts;
    let cancel = () => {};
    const look = () => {
      cancel();
      const leftMs = this.#leftMs(id);
      if (leftMs <= 0) listener();
      // the wall clock may step
      if (leftMs < Number.POSITIVE_INFINITY) {
        cancel = clock.after(leftMs <= 0 ? OVER_AGAIN_MS : Math.min(leftMs, EXPIRY_LOOK_MS), look);
      }
    };
    const revoked = (which: string) => {
      if (which === id) look();
    };
    this.#onRevoked.add(revoked);
    look();
    return () => {
      this.#onRevoked.delete(revoked);
      cancel();
    };
  }

  /** Whose token this is. Every hash is compared, in the same time whether and wherever one fits. */
  authenticate(presented: string): Bearer | undefined {
    const now = this.#parts.clock.wall();
    const hash = Buffer.from(hashOf(presented));
    let found: Token | undefined;
    for (const token of this.#all) {
      if (timingSafeEqual(hash, Buffer.from(token.sha256)) && inForce(token, now)) found = token;
    }
    if (found === undefined) return undefined;
    this.#noteUse(found, now);
    const { id, name, role, createdAt: issuedAt } = found;
    return { id, name, role, issuedAt };
  }

  /** Takes note that the bearer has entered the token again, at this address. */
  reenter(bearer: Bearer, address: string, actor: string): void {
    const { clock } = this.#parts;
    for (const [key, atMs] of this.#reentries) {
      if (clock.nowMs() - atMs >= RECENT_MS) this.#reentries.delete(key);
    }
    // whoever holds one token could otherwise fill the memory from many addresses
    if (this.#reentries.size >= MAX_TOKENS) this.#reentries.clear();
    this.#reentries.set(entryKey(bearer, address), clock.nowMs());
    this.#journal(bearer, 'token_reentered', actor);
  }

  /** Whether the token was issued, or entered again at this address, within the last 5 minutes. */
  isRecent(bearer: Bearer, address: string): boolean {
    const { clock } = this.#parts;
    const ageMs = clock.wall().getTime() - Date.parse(bearer.issuedAt);
    if (ageMs >= 0 && ageMs < RECENT_MS) return true;
    const atMs = this.#reentries.get(entryKey(bearer, address));
    return atMs !== undefined && clock.nowMs() - atMs < RECENT_MS;
  }

  #leftMs(id: string): number {
    const token = this.#all.find((each) => each.id === id);
    if (token === undefined) return 0;
    if (token.expiresAt === undefined) return Number.POSITIVE_INFINITY;
    const now = this.#parts.clock.wall();
    return inForce(token, now) ? Date.parse(token.expiresAt) - now.getTime() : 0;
  }

  get #all(): readonly Token[] {
    return this.#parts.document.value.tokens;
  }

  /** At most one write a token and day. */
  #noteUse(used: Token, now: Date): void {
    const lastUsedOn = now.toISOString().slice(0, 10);
    if (used.lastUsedOn === lastUsedOn) return;
    const { document, log } = this.#parts;
    const noting = document.update((value) =>
      value.tokens.some((token) => token.id === used.id && token.lastUsedOn !== lastUsedOn)
        ? { tokens: value.tokens.map((token) => (token.id === used.id ? { ...token, lastUsedOn } : token)) }
        : value,
    );
    noting.catch((cause) =>
      log.warn({ token: used.id, cause: toLimenError(cause).message }, 'the use of a token was not noted'),
    );
  }

  #journal({ id, name }: { id: string; name: string }, reason: string, actor: string): void {
    this.#parts.journal.append({ type: 'token.changed', token: { id, name }, reason, actor });
  }
}

function entryKey({ id }: Bearer, address: string): string {
  return `${id} ${address}`;
}

function checkExpiry(expiresMs: number, now: Date): string | undefined {
  if (Number.isNaN(expiresMs)) return 'expiresAt is no date such as 2030-01-31T12:00:00Z';
  return expiresMs <= now.getTime() ? 'expiresAt has passed already' : undefined;
}
