import { randomUUID } from 'node:crypto';
import multipart from '@fastify/multipart';
import { type FastifyError, type FastifyInstance, fastify } from 'fastify';
import { LimenError } from '../../core/errors.ts';
import type { Log } from '../../core/ports/log.ts';
import type { Tokens } from '../../services/tokens/tokens.ts';
import type { Callers } from './callers.ts';
import { answerClientError } from './client-error.ts';
import { guard } from './guard.ts';
import type { RequestLimits } from './limits.ts';
import { giveDocsRole, serveDocs } from './openapi/docs-page.ts';
import { describeRoutes, documentRoutes } from './openapi/document.ts';
import { allowOrigins } from './origins.ts';
import { problemOf } from './problem.ts';
import { demandRoles, type HttpRoutes, sendProblem } from './routes.ts';
import { BOUNDS, type HttpSettings, type TimeBounds } from './settings.ts';
import type { TlsOptions } from './tls.ts';
import { boundUploads } from './upload.ts';

export interface ApplicationOptions {
  readonly settings: HttpSettings;
  readonly callers: Callers;
  readonly tokens?: Tokens | undefined;
  readonly limits?: RequestLimits | undefined;
  readonly routes: readonly HttpRoutes[];
  readonly bounds?: TimeBounds;
  readonly log: Log;
  readonly tls?: TlsOptions | undefined;
}

/** The fastify instance with everything that holds for every route; it does not listen yet. */
export function buildApplication(options: ApplicationOptions): FastifyInstance {
  const bounds = { ...BOUNDS, ...options.bounds };
  const app = fastify({
    logger: false,
    genReqId: () => randomUUID(),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: BOUNDS.pathParameterLength },
    bodyLimit: BOUNDS.bodyBytes,
    requestTimeout: bounds.requestTimeoutMs,
    keepAliveTimeout: BOUNDS.keepAliveTimeoutMs,
    [options.tls === undefined ? 'http' : 'https']: {
      ...options.tls,
      headersTimeout: bounds.headersTimeoutMs,
      connectionsCheckingInterval: bounds.timeoutCheckMs,
      maxHeaderSize: BOUNDS.headerBytes,
    },
    ajv: { customOptions: { removeAdditional: false } },
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, _request, reply) => void sendProblem(reply, problemOf(error)),
  });
  app.server.maxConnections = BOUNDS.connections;
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    reply.header('x-content-type-options', 'nosniff');
    reply.header('cache-control', 'no-store');
  });
  allowOrigins(app, options.settings.allowedOrigins ?? []);
  guard(app, options);
  refuseGetBodies(app);
  boundUploads(app, BOUNDS.uploadBytesInFlight);
  giveDocsRole(app);
  demandRoles(app);
  app.register(multipart);
  answerErrors(app, options.log);
  describeRoutes(app);
  serveDocs(app);
  for (const routes of [...options.routes, documentRoutes()]) {
    app.register(async (scope) => routes(scope));
  }
  return app;
}

/**
 * A body on a GET means nothing to HTTP; caches and proxies may drop it or take it for the next request. Only routes
 * that a document defines so take one.
 */
function refuseGetBodies(app: FastifyInstance): void {
  app.addHttpMethod('GET', { hasBody: true, overrideExisting: true });
  app.addHook('onRequest', async ({ method, headers, routeOptions }) => {
    if ((method !== 'GET' && method !== 'HEAD') || routeOptions.config.getBody) return;
    if (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0) {
      throw new LimenError('bad_request', `${method} takes no body here`);
    }
    // clients name a type out of habit; fastify would go looking for the body
    delete headers['content-type'];
  });
}

/** The border of the HTTP side: whatever was thrown behind it becomes an answer here, and a line in the log. */
function answerErrors(app: FastifyInstance, log: Log): void {
  app.setErrorHandler((error: FastifyError | LimenError, request, reply) => {
    const found = problemOf(error);
    if (error.name === 'AbortError' && reply.raw.destroyed) {
      log.debug({ requestId: request.id }, 'the caller went away');
    } else if (found.status >= 500 && found.code !== 'busy') {
      log.error({ requestId: request.id, code: found.code, cause: error.message }, 'request failed');
      log.debug({ requestId: request.id, stack: error.stack }, 'request failed');
    }
    return sendProblem(reply, found);
  });
  app.setNotFoundHandler((request) => {
    const path = request.url.split('?')[0];
    throw new LimenError('not_found', `nothing answers ${request.method} ${path}`);
  });
  // the route's pattern, not the address: queries and paths name people
  app.addHook('onResponse', async (request, reply) => {
    // probes for health come every few seconds and tell nothing
    const level = request.routeOptions.config?.role === 'open' ? 'debug' : 'info';
    log[level](
      {
        requestId: request.id,
        method: request.method,
        route: request.routeOptions.url ?? 'none',
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
        client: request.caller?.actor,
      },
      'request',
    );
  });
}
