import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { LimenError } from '../../core/errors.ts';
import { roleAllows } from '../../core/role.ts';
import type { Tokens } from '../../services/tokens/tokens.ts';
import type { Caller, Callers } from './callers.ts';
import { countedAddress, type RequestLimits } from './limits.ts';
import { checkHost, checkOrigin, ownNames } from './origins.ts';
import { type Problem, problem } from './problem.ts';
import { sendProblem } from './routes.ts';
import type { HttpSettings } from './settings.ts';

export interface GuardOptions {
  readonly settings: Pick<HttpSettings, 'allowedHosts' | 'allowedOrigins'>;
  readonly callers: Callers;
  readonly tokens?: Tokens | undefined;
  /** Absent: nobody is counted (tests). */
  readonly limits?: RequestLimits | undefined;
}

/**
 * The door-keeper of the HTTP side: who calls, how often, under which name, from which page, and whether the route
 * lets them. In this order, so that refused calls count as well.
 */
export function guard(app: FastifyInstance, options: GuardOptions): void {
  const { settings, callers, limits, tokens } = options;
  const names = ownNames(settings.allowedHosts ?? []);
  app.decorateRequest('caller');
  app.addHook('onRequest', async (request, reply) => {
    const caller = await callers.identify(request);
    request.caller = caller;
    const local = caller.address === 'socket';
    if (!local && !request.routeOptions.config?.probe) {
      const refused = overdrawn(caller, limits);
      if (refused !== undefined) return sendProblem(reply, refused);
    }
    if (!local) checkHost(request, names);
    checkOrigin(request, settings.allowedOrigins ?? []);
    if (request.is404 || request.routeOptions.config.role === 'open') return;
    if (caller.refusal !== undefined) return sendProblem(reply, caller.refusal);
    judge(request, tokens);
    endWithToken(reply, caller, tokens);
  });
}

/** A stream that a token has opened ends with the token; an answer that has not begun is still given. */
function endWithToken({ raw }: FastifyReply, { bearer }: Caller, tokens: Tokens | undefined): void {
  if (bearer === undefined || tokens === undefined) return;
  const forget = tokens.whenOver(bearer, () => {
    if (raw.headersSent) raw.destroy();
  });
  raw.once('close', forget);
}

function overdrawn(caller: Caller, limits: RequestLimits | undefined): Problem | undefined {
  const who = caller.bearer === undefined ? countedAddress(caller.address) : `token ${caller.bearer.id}`;
  const waitMs = limits?.take(who);
  if (waitMs === undefined) return undefined;
  const retryAfterS = Math.max(1, Math.ceil(waitMs / 1000));
  const subject = caller.bearer === undefined ? who : `token "${caller.bearer.name}"`;
  const detail = `${subject} has used up its requests of this minute; ${retryAfterS} s remain of it`;
  return problem('too_many_requests', detail, { retryAfterS });
}

/** @throws LimenError `unauthorised` for whoever is nobody here, `forbidden` for whoever may less */
function judge({ caller, routeOptions }: FastifyRequest, tokens: Tokens | undefined): void {
  const { role: needed, credential } = routeOptions.config;
  const { role, bearer, address } = caller;
  if (credential === 'token' && bearer === undefined && address !== 'socket') {
    throw new LimenError(
      'unauthorised',
      'this needs a token, whatever address it comes from: limen token create NAME --role technician',
    );
  }
  // routes without a role do not register; should one appear all the same, nobody may call it
  if (needed === undefined || needed === 'open' || !roleAllows(role, needed)) {
    if (role === undefined) throw new LimenError('unauthorised', `${address} is not a listed client`);
    const who = bearer === undefined ? `${address} is listed` : `token "${bearer.name}" was made`;
    throw new LimenError('forbidden', `${who} as ${role}; ${needed ?? 'nobody'} may do this`);
  }
  if (credential === 'recent' && bearer !== undefined && !tokens?.isRecent(bearer, address)) {
    throw new LimenError(
      'forbidden',
      `token "${bearer.name}" was issued at ${bearer.issuedAt}; for this it must have been issued or entered again ` +
        'within 5 minutes: POST /v1/tokens/self/reenter',
    );
  }
}
