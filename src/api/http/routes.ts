import type { FastifyInstance, FastifyReply } from 'fastify';
import { LimenError } from '../../core/errors.ts';
import type { Role } from '../../core/role.ts';
import type { Caller } from './callers.ts';
import { type Problem, problemBody } from './problem.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Least role that may call; `open` is everybody. A route without one does not register. */
    role?: Role | 'open';
    /**
     * What the role alone does not suffice for: `token` is never allowed by address, only with a token or through
     * the socket; `recent` asks whoever comes with a token that it was issued or entered again within 5 minutes.
     */
    credential?: 'token' | 'recent';
    /** Called every few seconds by whoever watches the daemon: has no limit. */
    probe?: true;
    /** Largest uploaded file, bytes, for routes that take one. */
    uploadBytes?: number;
    /** A GET that takes a body, as one of the documents has it; every other GET refuses one. */
    getBody?: true;
    /** The dialect's own shape of a failure; RFC 9457 when absent. */
    failure?: (problem: Problem) => Record<string, unknown>;
  }
  interface FastifyRequest {
    caller: Caller;
  }
}

/** A group of routes, registered in a scope of its own: what it adds to the instance does not leave it. */
export type HttpRoutes = (app: FastifyInstance) => void;

/** Deny by default: a route that does not say who may call it is a fault of the program, found at start. */
export function demandRoles(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    if (route.config?.role === undefined) {
      throw new LimenError('internal_fault', `route ${route.method} ${route.url} declares no role`);
    }
  });
}

/**
 * Aborts when the caller goes away before the answer is out. Not `request.signal`: fastify 5.12 ties that to the
 * request stream's `close`, which Node also emits once the body has been read.
 */
export function callerLeft(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  const onClose = () => {
    if (!reply.raw.writableFinished) controller.abort();
  };
  if (reply.raw.destroyed) onClose();
  else reply.raw.once('close', onClose);
  return controller.signal;
}

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  const { config } = reply.request.routeOptions;
  reply.code(problem.status);
  if (problem.retryAfterS !== undefined) reply.header('retry-after', problem.retryAfterS);
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
  if (config?.failure !== undefined) return reply.send(config.failure(problem));
  reply.type('application/problem+json; charset=utf-8');
  // as text, so that no response schema of the route drops a member
  return reply.send(JSON.stringify(problemBody(problem, reply.request.id)));
}
