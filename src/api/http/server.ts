import { rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { LimenError, toLimenError } from '../../core/errors.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Log } from '../../core/ports/log.ts';
import type { Component } from '../../runtime/component.ts';
import type { FailedTokens } from '../../services/tokens/failed-tokens.ts';
import type { Tokens } from '../../services/tokens/tokens.ts';
import { buildApplication } from './application.ts';
import { Callers } from './callers.ts';
import { answerClientError } from './client-error.ts';
import { ClientRoles } from './clients.ts';
import type { RequestLimits } from './limits.ts';
import { acceptRawTargets } from './raw-target.ts';
import type { HttpRoutes } from './routes.ts';
import { BOUNDS, type HttpSettings, type TimeBounds } from './settings.ts';
import { readTls, type TlsOptions, TlsRenewal } from './tls.ts';

export interface HttpServerOptions {
  readonly settings: HttpSettings;
  /** Registered in this order, each in a scope of its own. */
  readonly routes: readonly HttpRoutes[];
  /** Absent: every token is unknown. Their documents are started before the server. */
  readonly access?: { readonly tokens: Tokens; readonly failedTokens: FailedTokens } | undefined;
  /** Absent: nobody's requests are counted. Started before the server. */
  readonly limits?: RequestLimits | undefined;
  readonly bounds?: TimeBounds;
  readonly log: Log;
  readonly clock: Clock;
  /** `<state>/limen.sock`, for the CLI's verbs; the caller holds the state directory's lock. */
  readonly socketPath?: string;
}

/** Serves every HTTP address of the daemon, on one TCP port and on the state directory's own socket. */
export class HttpServer implements Component {
  readonly name = 'http';
  readonly #options: HttpServerOptions;
  #app: FastifyInstance | undefined;
  #local: Server | undefined;
  #dropSilent: () => void = () => {};
  #renewal: TlsRenewal | undefined;

  constructor(options: HttpServerOptions) {
    this.#options = options;
  }

  /** `http://127.0.0.1:5000`; known once started. */
  get url(): string {
    const address = this.#app?.server.address() as AddressInfo | null | undefined;
    if (!address) throw new LimenError('internal_fault', 'the HTTP server is not listening');
    return `${this.#options.settings.tls?.cert === undefined ? 'http' : 'https'}://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
  }

  /** @throws LimenError `port_in_use` | `config_invalid` | `config_unreadable` */
  async start(signal: AbortSignal): Promise<void> {
    const { settings, socketPath, access, bounds } = this.#options;
    const tls = readTls(settings);
    const callers = new Callers({
      ...this.#options,
      roles: new ClientRoles(settings.clients),
      isLocal: (request) => this.#isLocal(request),
    });
    const app = buildApplication({ ...this.#options, tokens: access?.tokens, callers, tls });
    this.#app = app;
    this.#dropSilent = acceptRawTargets(app.server, {
      silentMs: bounds?.headersTimeoutMs ?? BOUNDS.headersTimeoutMs,
    });
    try {
      await (app.listen({ host: settings.host, port: settings.port }) as Promise<string>);
      if (socketPath !== undefined) this.#local = await listenLocally(app, socketPath);
      signal.throwIfAborted();
    } catch (cause) {
      await this.stop();
      throw translate(cause, settings);
    }
    if (tls !== undefined) this.#renewCertificates(app.server as unknown as TlsServer);
    this.#options.log.info({ url: this.url }, 'serving');
  }

  /** Lets requests in progress finish for a while, then cuts them off. */
  async stop(): Promise<void> {
    const [app, local] = [this.#app, this.#local];
    this.#app = undefined;
    this.#local = undefined;
    if (app === undefined) return;
    this.#renewal?.stop();
    this.#dropSilent();
    const cut = this.#options.clock.after(BOUNDS.stopGraceMs, () => {
      this.#dropSilent();
      app.server.closeAllConnections();
      local?.closeAllConnections();
    });
    try {
      await Promise.all([app.close(), closeServer(local)]);
    } finally {
      cut();
    }
  }

  #renewCertificates(server: TlsServer): void {
    const apply = (options: TlsOptions) => server.setSecureContext(options);
    this.#renewal = new TlsRenewal({ ...this.#options, apply });
    this.#renewal.start();
  }

  #isLocal(request: FastifyRequest): boolean {
    const { server } = request.socket as unknown as { server?: unknown };
    return this.#local !== undefined && server === this.#local;
  }
}

/** Only this user may connect: whoever can read the state directory's secrets is its technician. */
async function listenLocally(app: FastifyInstance, path: string): Promise<Server> {
  const server = createServer(
    { headersTimeout: BOUNDS.headersTimeoutMs, requestTimeout: BOUNDS.requestTimeoutMs },
    (request, response) => app.routing(request, response),
  );
  server.on('clientError', answerClientError);
  // left over from a daemon that was killed; a living one would hold the lock
  rmSync(path, { force: true });
  const before = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, resolve);
    });
  } finally {
    process.umask(before);
  }
  return server;
}

async function closeServer(server: Server | undefined): Promise<void> {
  if (server === undefined) return;
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeIdleConnections();
  });
}

function translate(cause: unknown, { host, port }: HttpSettings): unknown {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') {
    return new LimenError('port_in_use', `port ${port} on ${host} is used by another program`, { cause });
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new LimenError('config_invalid', `http.host: ${host} is not an address of this machine`, {
      cause,
    });
  }
  if (code === 'EACCES') {
    return new LimenError('config_invalid', `http.port: ${port} needs privileges (${String(code)})`, {
      cause,
    });
  }
  return cause instanceof LimenError || (cause as Error)?.name === 'AbortError' ? cause : toLimenError(cause);
}
