import { isIP } from 'node:net';
import { hostname } from 'node:os';
import type { TLSSocket } from 'node:tls';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { LimenError } from '../../core/errors.ts';

/** What a page of an allowed origin may send and read besides what every page may: the documents' own headers. */
const REQUEST_HEADERS =
  'username, galleryname, Prefer, Authorization, X-Api-Key, Content-Type, Idempotency-Key, Last-Event-ID';
const ANSWER_HEADERS = 'X-Files-Deleted, Preference-Applied, Retry-After, X-Request-Id, Location';
const METHODS = 'GET, POST, PUT, PATCH, DELETE';
/** How long a browser may remember the answer to a preflight, s. */
const REMEMBER_S = 600;

/**
 * CORS for the pages listed in `http.allowedOrigins`; pages of other origins get no such header, and `checkOrigin`
 * refuses them. In front of everything that refuses, so that an allowed page can also read why. Not `@fastify/cors`:
 * its `OPTIONS *` route has no role, and its hook comes after ours, where a refusal has already been sent without it.
 */
export function allowOrigins(app: FastifyInstance, allowed: readonly string[]): void {
  if (allowed.length === 0) return;
  app.addHook('onRequest', async (request, reply) => {
    reply.header('vary', 'Origin');
    const { origin, 'access-control-request-method': asked } = request.headers;
    if (origin === undefined || !allowed.includes(origin)) return;
    reply.header('access-control-allow-origin', origin);
    reply.header('access-control-expose-headers', ANSWER_HEADERS);
    if (request.method !== 'OPTIONS' || asked === undefined) return;
    reply.header('access-control-allow-methods', METHODS);
    reply.header('access-control-allow-headers', REQUEST_HEADERS);
    reply.header('access-control-max-age', REMEMBER_S);
    return reply.code(204).send();
  });
}

/** Names of this machine, lower case. */
export function ownNames(allowedHosts: readonly string[]): ReadonlySet<string> {
  const name = hostname();
  return new Set(['localhost', name, `${name}.local`, ...allowedHosts].map((each) => each.toLowerCase()));
}

/**
 * A foreign name that resolves to this machine is DNS rebinding: a web page reaching for its visitor's role. Bare
 * addresses pass, for a page cannot be of the origin of an address that it does not come from.
 * @throws LimenError `forbidden`
 */
export function checkHost({ headers }: FastifyRequest, names: ReadonlySet<string>): void {
  const host = (headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
  const address = /^\[(.*)\]$/.exec(host)?.[1] ?? host;
  if (isIP(address) !== 0 || names.has(host)) return;
  throw new LimenError(
    'forbidden',
    `host "${host}" is not a name of this machine; add it to http.allowedHosts`,
  );
}

/**
 * Browsers say which page calls; pages of other origins may not use the visitor's address as their licence. Nothing
 * but browsers sends these headers, so terminals and scripts pass. @throws LimenError `forbidden`
 */
export function checkOrigin(request: FastifyRequest, allowed: readonly string[]): void {
  const { origin, host, 'sec-fetch-site': site } = request.headers;
  if (origin !== undefined) {
    const own = (request.socket as Partial<TLSSocket>).encrypted ? ['https'] : ['http', 'https'];
    if (allowed.includes(origin) || own.some((scheme) => origin === `${scheme}://${host}`)) return;
    throw new LimenError('forbidden', `pages of "${origin}" may not call; add it to http.allowedOrigins`);
  }
  // for pictures, scripts and links of a page browsers send no Origin; who follows a link sees the answer alone
  if (site === undefined || site === 'same-origin' || site === 'none' || isFollowedLink(request)) return;
  throw new LimenError('forbidden', 'a page of another origin may not call');
}

function isFollowedLink({ method, headers }: FastifyRequest): boolean {
  return (
    method === 'GET' && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document'
  );
}
