import { createHash } from 'node:crypto';
import { LimenError } from '../../../core/errors.ts';
import type { Log } from '../../../core/ports/log.ts';
import type { Role } from '../../../core/role.ts';
import type { FailedTokens } from '../../../services/tokens/failed-tokens.ts';
import type { Bearer, Tokens } from '../../../services/tokens/tokens.ts';
import type { Envelope } from './schemas.ts';

/** Who sent a request, as far as it says. */
export interface Sender {
  /** Absent for whoever is nobody here. */
  readonly role?: Role;
  /** For the journal. */
  readonly actor: string;
  readonly bearer?: Bearer;
}

/** A broker does not say where a message came from: all senders have one address. */
const ADDRESS = 'mqtt';
/** Tokens that are known to be good; there are never more. */
const MAX_KNOWN = 256;

/**
 * Finds out who sends. A token that is presented in vain does not fall back on the broker's word. Wrong ones are counted
 * as on HTTP, and when there were too many, tokens that have not been presented here before are not looked at for a
 * while: those in use go on, since one sender who guesses must not lock out all others.
 */
export class Senders {
  readonly #trustBroker: boolean;
  readonly #tokens: Pick<Tokens, 'authenticate'>;
  readonly #failedTokens: Pick<FailedTokens, 'lockedForMs' | 'note'>;
  readonly #log: Log;
  /** Digests of tokens that were good when they were presented. */
  readonly #known = new Set<string>();

  constructor(parts: {
    /** `mqtt.trustBroker` */
    trustBroker: boolean;
    tokens: Pick<Tokens, 'authenticate'>;
    failedTokens: Pick<FailedTokens, 'lockedForMs' | 'note'>;
    log: Log;
  }) {
    this.#trustBroker = parts.trustBroker;
    this.#tokens = parts.tokens;
    this.#failedTokens = parts.failedTokens;
    this.#log = parts.log;
  }

  /** @throws LimenError `unauthorised` | `too_many_requests` | `store_fault` when a wrong token cannot be taken note of */
  async identify({ token }: Pick<Envelope, 'token'>): Promise<Sender> {
    if (token === undefined) return { actor: ADDRESS, ...(this.#trustBroker && { role: 'technician' }) };
    const digest = createHash('sha256').update(token).digest('base64url');
    const lockedMs = this.#known.has(digest) ? 0 : this.#failedTokens.lockedForMs(ADDRESS);
    if (lockedMs > 0) {
      const message = `too many wrong tokens came over MQTT; no further one is looked at for ${Math.ceil(lockedMs / 1_000)} s`;
      throw new LimenError('too_many_requests', message);
    }
    const bearer = this.#tokens.authenticate(token);
    if (bearer !== undefined) {
      if (this.#known.size >= MAX_KNOWN) this.#known.clear();
      this.#known.add(digest);
      return { role: bearer.role, actor: `token:${bearer.name}@${ADDRESS}`, bearer };
    }
    if (await this.#failedTokens.note(ADDRESS, token)) {
      this.#log.warn({}, 'too many wrong tokens over MQTT: new ones are not looked at for a while');
    }
    throw new LimenError('unauthorised', 'the token is not known here: mistyped, revoked or expired');
  }
}
