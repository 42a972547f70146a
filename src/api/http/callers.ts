import type { TLSSocket } from 'node:tls';
import type { FastifyRequest } from 'fastify';
import { LimenError } from '../../core/errors.ts';
import type { Log } from '../../core/ports/log.ts';
import type { Role } from '../../core/role.ts';
import type { FailedTokens } from '../../services/tokens/failed-tokens.ts';
import type { Bearer, Tokens } from '../../services/tokens/tokens.ts';
import { type ClientCertificate, type ClientRoles, plainAddress } from './clients.ts';
import { type Problem, problem } from './problem.ts';

/** Who is asking. */
export interface Caller {
  /** Absent for whoever is nobody here. */
  readonly role?: Role;
  /** For the journal: `cli`, `http:10.0.0.7`, `certificate:panel@10.0.0.7`, `token:panel@10.0.0.7`. */
  readonly actor: string;
  /** Where it comes from; `socket` for the state directory's own. */
  readonly address: string;
  /** Set for whoever presented a token that is in force. */
  readonly bearer?: Bearer;
  /** Why what was presented counts for nothing. */
  readonly refusal?: Problem;
}

export interface CallersParts {
  readonly roles: ClientRoles;
  /** Absent: every token is unknown. */
  readonly access?: { readonly tokens: Tokens; readonly failedTokens: FailedTokens } | undefined;
  readonly log: Log;
  /** Whether a request came through the daemon's own 0600 socket; its file permissions are the authority. */
  isLocal(request: FastifyRequest): boolean;
}

/**
 * Finds out who calls. The first of these that is there decides alone, and what it presents in vain does not fall
 * back on the next: the socket, a token, a client certificate, the address. `X-Forwarded-For` is not believed.
 */
export class Callers {
  readonly #parts: CallersParts;

  constructor(parts: CallersParts) {
    this.#parts = parts;
  }

  /** @throws LimenError `store_fault` when a wrong token cannot be taken note of */
  async identify(request: FastifyRequest): Promise<Caller> {
    const { roles } = this.#parts;
    if (this.#parts.isLocal(request)) return { role: 'technician', actor: 'cli', address: 'socket' };
    const address = plainAddress(request.socket.remoteAddress ?? 'unknown');
    const caller = { actor: `http:${address}`, address };
    const presented = presentedToken(request);
    if (presented !== undefined) return { ...caller, ...(await this.#byToken(presented, address)) };
    const certificate = presentedCertificate(request);
    if (certificate !== undefined) return { ...caller, ...this.#byCertificate(certificate, address) };
    const role = roles.roleOf(address);
    return { ...caller, ...(role !== undefined && { role }) };
  }

  async #byToken(presented: string, address: string): Promise<Partial<Caller>> {
    const { access, log } = this.#parts;
    const lockedMs = access?.failedTokens.lockedForMs(address) ?? 0;
    if (lockedMs > 0) {
      const retryAfterS = Math.ceil(lockedMs / 1000);
      const detail = `too many wrong tokens came from ${address}; none is looked at for ${retryAfterS} s`;
      return { refusal: problem('too_many_requests', detail, { retryAfterS }) };
    }
    const bearer = access?.tokens.authenticate(presented);
    if (bearer !== undefined) {
      return { bearer, role: bearer.role, actor: `token:${bearer.name}@${address}` };
    }
    if (await access?.failedTokens.note(address, presented)) {
      log.warn({ client: address }, 'too many wrong tokens: the address is locked out');
    }
    const detail = 'the token is not known here: mistyped, revoked or expired';
    return { refusal: problem('unauthorised', detail) };
  }

  #byCertificate(found: ClientCertificate | { readonly invalid: string }, address: string): Partial<Caller> {
    if ('invalid' in found) {
      const detail = `the certificate of ${address} is not accepted: ${found.invalid}`;
      return { refusal: problem('unauthorised', detail) };
    }
    const role = this.#parts.roles.roleOfCertificate(found);
    const actor = `certificate:${found.commonName}@${address}`;
    if (role !== undefined) return { role, actor };
    const detail = `the certificate "${found.commonName}" is not listed in http.clients`;
    return { actor, refusal: problem('unauthorised', detail) };
  }
}

/** What stands for a token in the headers, be it one or not; undefined when nothing does. */
function presentedToken({ headers }: FastifyRequest): string | undefined {
  const { authorization, 'x-api-key': key } = headers;
  if (authorization === undefined && key === undefined) return undefined;
  const bearer = authorization && (/^Bearer +(\S+) *$/i.exec(authorization)?.[1] ?? authorization);
  const given = [bearer, key].filter((value) => value !== undefined).map(String);
  // two different ones: neither is taken
  return new Set(given).size === 1 ? given[0] : given.join(' and ');
}

/** Undefined for callers who show none. @see `tls.ts` for why a resumed session cannot hide one */
function presentedCertificate(
  request: FastifyRequest,
): ClientCertificate | { readonly invalid: string } | undefined {
  const socket = request.socket as Partial<TLSSocket>;
  const certificate = socket.getPeerCertificate?.();
  if (certificate?.raw === undefined) return undefined;
  // a string at run time, whatever its type says
  if (socket.authorized !== true) return { invalid: String(socket.authorizationError) };
  const { CN } = certificate.subject as { CN?: string | string[] };
  // several common names: which one is meant is anybody's guess, so none is
  return { commonName: typeof CN === 'string' ? CN : '', fingerprint: certificate.fingerprint256 };
}

/** For handlers that go by the token itself. @throws LimenError `unauthorised` */
export function bearerOf({ caller }: FastifyRequest): Bearer {
  if (caller.bearer === undefined) throw new LimenError('unauthorised', 'this needs a token of your own');
  return caller.bearer;
}
