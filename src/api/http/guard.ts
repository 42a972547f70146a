import { isIP } from 'node:net';
import { hostname } from 'node:os';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { LimenError } from '../../core/errors.ts';
import { roleAllows } from '../../core/role.ts';
import { type ClientRoles, plainAddress } from './clients.ts';
import type { Caller } from './routes.ts';
import type { HttpSettings } from './settings.ts';

export interface GuardOptions {
  readonly settings: Pick<HttpSettings, 'allowedHosts' | 'allowedOrigins'>;
  readonly roles: ClientRoles;
  /** Whether a request came through the daemon's own 0600 socket; its file permissions are the authority. */
  isLocal(request: FastifyRequest): boolean;
}

/** The door-keeper of the HTTP side: who calls, under which name, from which page, and whether the route lets them. */
export function guard(app: FastifyInstance, options: GuardOptions): void {
  const names = new Set(
    ['localhost', hostname(), `${hostname()}.local`, ...(options.settings.allowedHosts ?? [])].map((name) =>
      name.toLowerCase(),
    ),
  );
  app.decorateRequest('caller');
  app.addHook('onRequest', async (request) => {
    const local = options.isLocal(request);
    request.caller = local ? { role: 'technician', actor: 'cli' } : callerOf(request, options.roles);
    if (!local) checkHost(request.headers.host, names);
    checkOrigin(request, options.settings.allowedOrigins ?? []);
    if (request.is404) return;
    const needed = request.routeOptions.config.role;
    if (needed === 'open') return;
    // routes without a role do not register; should one appear all the same, nobody may call it
    if (needed !== undefined && roleAllows(request.caller.role, needed)) return;
    if (request.caller.role === undefined) {
      throw new LimenError('unauthorised', `${addressOf(request)} is not a listed client`);
    }
    throw new LimenError(
      'forbidden',
      `${addressOf(request)} is listed as ${request.caller.role}; ${needed ?? 'nobody'} may do this`,
    );
  });
}

function callerOf(request: FastifyRequest, roles: ClientRoles): Caller {
  const role = roles.roleOf(request.socket.remoteAddress);
  return { ...(role !== undefined && { role }), actor: `http:${addressOf(request)}` };
}

function addressOf(request: FastifyRequest): string {
  return plainAddress(request.socket.remoteAddress ?? 'unknown');
}

/** A foreign name that resolves to this machine is DNS rebinding: a web page reaching for the loopback role. */
function checkHost(header: string | undefined, names: ReadonlySet<string>): void {
  const host = (header ?? '').replace(/:\d+$/, '').toLowerCase();
  const address = /^\[(.*)\]$/.exec(host)?.[1] ?? host;
  if (isIP(address) !== 0 || names.has(host)) return;
  throw new LimenError(
    'forbidden',
    `host "${host}" is not a name of this machine; add it to http.allowedHosts`,
  );
}

/** Browsers name the page that calls; pages of other origins may not use the visitor's address as their licence. */
function checkOrigin(request: FastifyRequest, allowed: readonly string[]): void {
  const { origin, host } = request.headers;
  if (origin === undefined || allowed.includes(origin)) return;
  if (origin === `http://${host}` || origin === `https://${host}`) return;
  throw new LimenError('forbidden', `pages of "${origin}" may not call; add it to http.allowedOrigins`);
}
