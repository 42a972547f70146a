import Type from 'typebox';
import Value from 'typebox/value';
import type { Clock } from '../../../core/ports/clock.ts';
import type { DocumentStore } from '../../../core/ports/store.ts';
import { MAX_AHEAD_MS } from './schemas.ts';

/** Commands of one 30 s window; more are refused, not remembered. */
const MAX_NONCES = 1_000;

const DocumentSchema = Type.Object({
  /** Expiry (RFC 3339 UTC) by nonce. */
  nonces: Type.Record(Type.String(), Type.String()),
  /** Commands that expire up to here are no longer told apart, hence refused. RFC 3339 UTC. */
  forgottenTo: Type.Optional(Type.String()),
});

export interface NoncesDocument {
  readonly nonces: Readonly<Record<string, string>>;
  readonly forgottenTo?: string;
}

/** The document as read from disk. @throws TypeError when it is none */
export function parseNonces(data: unknown): NoncesDocument {
  if (Value.Check(DocumentSchema, data)) return data as NoncesDocument;
  throw new TypeError('the nonces do not have the shape of their schema');
}

/** `claimed`: nobody else gets this nonce any more; it is on disk. */
export type Claim = { readonly kind: 'claimed' } | ClaimRefusal;

export type ClaimRefusal =
  /** Another copy of the command has been here. */
  | { readonly kind: 'replayed' }
  | { readonly kind: 'expired'; readonly byMs: number }
  | { readonly kind: 'too_far_ahead'; readonly byMs: number }
  /** The wall clock was set back: what expires before `forgottenTo` may have been here. */
  | { readonly kind: 'clock_set_back'; readonly forgottenTo: string }
  | { readonly kind: 'full' };

/**
 * Which commands have been acted upon, on disk until they expire. Of those that are forgotten the latest expiry
 * stays, so that a clock that is set back does not make them fresh again.
 */
export class NonceMemory {
  readonly #document: DocumentStore<NoncesDocument>;
  readonly #clock: Clock;

  constructor(parts: { document: DocumentStore<NoncesDocument>; clock: Clock }) {
    this.#document = parts.document;
    this.#clock = parts.clock;
  }

  /** Resolves `claimed` once, before anything is done. @throws LimenError `store_fault`: nothing was claimed */
  async claim(nonce: string, expiresAtMs: number): Promise<Claim> {
    let claim: Claim = { kind: 'claimed' };
    await this.#document.update((value) => {
      const nowMs = this.#clock.wall().getTime();
      const refusal = judge(value, nonce.replace(/=+$/, ''), expiresAtMs, nowMs);
      if (refusal !== undefined) {
        claim = refusal;
        return value;
      }
      const { kept, forgottenTo } = withoutExpired(value, nowMs);
      const nonces = { ...kept, [nonce.replace(/=+$/, '')]: new Date(expiresAtMs).toISOString() };
      return forgottenTo === undefined ? { nonces } : { nonces, forgottenTo };
    });
    return claim;
  }
}

function judge(
  value: NoncesDocument,
  nonce: string,
  expiresAtMs: number,
  nowMs: number,
): ClaimRefusal | undefined {
  if (!(expiresAtMs > nowMs)) return { kind: 'expired', byMs: nowMs - expiresAtMs };
  if (expiresAtMs > nowMs + MAX_AHEAD_MS) {
    return { kind: 'too_far_ahead', byMs: expiresAtMs - nowMs - MAX_AHEAD_MS };
  }
  if (Object.hasOwn(value.nonces, nonce)) return { kind: 'replayed' };
  const { forgottenTo } = value;
  if (forgottenTo !== undefined && expiresAtMs <= Date.parse(forgottenTo)) {
    return { kind: 'clock_set_back', forgottenTo };
  }
  const { kept } = withoutExpired(value, nowMs);
  return Object.keys(kept).length >= MAX_NONCES ? { kind: 'full' } : undefined;
}

function withoutExpired({ nonces, forgottenTo }: NoncesDocument, nowMs: number) {
  const kept: Record<string, string> = {};
  let latest = forgottenTo;
  for (const [nonce, expiresAt] of Object.entries(nonces)) {
    if (Date.parse(expiresAt) > nowMs) kept[nonce] = expiresAt;
    else if (latest === undefined || Date.parse(expiresAt) > Date.parse(latest)) latest = expiresAt;
  }
  return { kept, forgottenTo: latest };
}
