import { randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, isIP, type Server, type Socket } from 'node:net';
import { Aedes, type Client } from 'aedes';
import { LimenError } from '../../core/errors.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Log } from '../../core/ports/log.ts';
import { Backoff } from '../../runtime/backoff.ts';
import type { Component } from '../../runtime/component.ts';
import type { Health } from '../../runtime/health.ts';
import { capPackets } from './packet-cap.ts';
import { filterMatches } from './topic-filter.ts';

export interface EmbeddedBrokerOptions {
  /** `mqtt.embeddedPort`; 0 takes a free one. */
  readonly port: number;
  /** A loopback address and nothing else. */
  readonly host?: string;
  /**
   * Who else may publish, and only this: no program on this machine can then forge what the daemon says. `private`
   * filters are not shown to others: what is asked may carry a token. Everybody may publish everything when absent.
   */
  readonly others?: { readonly publish: readonly string[]; readonly private: readonly string[] };
  /** The client identifier that only the daemon may use. */
  readonly ownClientId?: string;
  readonly maxConnections?: number;
  readonly maxPacketBytes?: number;
  readonly maxSubscriptionsPerClient?: number;
  /** Topics with a retained message, over all clients. */
  readonly maxRetainedTopics?: number;
  readonly backoff?: { readonly firstMs: number; readonly maxMs: number };
}

/** The daemon's own user name at its broker. */
const OWN_USER = 'limen';
/** Base64 of a 2 MB picture, the largest request of the contract, and its envelope. */
const MAX_PACKET_BYTES = 3 * 1024 * 1024;
/** A subscriber that does not read is dropped after this: it would hold back everybody else. */
const DRAIN_TIMEOUT_MS = 10_000;

/**
 * The broker for sites that have none: MQTT 3.1.1 on loopback, everything in memory and everything capped. The
 * daemon speaks to it as an ordinary client. Sessions end with their connection, so that a client that went away
 * collects nothing here. An occupied port is reported, and tried again for ever.
 */
export class EmbeddedBroker implements Component {
  readonly name = 'embedded-broker';
  readonly #options: EmbeddedBrokerOptions;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #health: Pick<Health, 'report'>;
  readonly #backoff: Backoff;
  readonly #sockets = new Set<Socket>();
  readonly #retained = new Set<string>();
  /** Told to nobody but the daemon's own client, anew for each start. */
  readonly #secret = randomBytes(24).toString('base64url');
  readonly #own = new WeakSet<Client>();
  #aedes: Aedes | undefined;
  #server: Server | undefined;
  #cancelRetry: () => void = () => {};
  #url: string | undefined;
  #stopped = false;

  constructor(
    options: EmbeddedBrokerOptions,
    parts: { clock: Clock; log: Log; health: Pick<Health, 'report'> },
  ) {
    this.#options = options;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#health = parts.health;
    this.#backoff = new Backoff(options.backoff ?? { firstMs: 1_000, maxMs: 30_000 });
  }

  /** `mqtt://127.0.0.1:1883` while it listens. */
  get url(): string | undefined {
    return this.#url;
  }

  /** The same with the daemon's own credentials. */
  get ownUrl(): string | undefined {
    return this.#url?.replace('mqtt://', `mqtt://${OWN_USER}:${this.#secret}@`);
  }

  /** Resolves also when the port is occupied. @throws LimenError `config_invalid` for a bind beyond loopback */
  async start(signal: AbortSignal): Promise<void> {
    const host = this.#host;
    if (!(isIP(host) === 4 && host.startsWith('127.')) && host !== '::1') {
      throw new LimenError('config_invalid', `the embedded broker listens on loopback only, not on ${host}`);
    }
    signal.throwIfAborted();
    const aedes = await Aedes.createBroker({
      drainTimeout: DRAIN_TIMEOUT_MS,
      preConnect: (_client, packet, done) => {
        packet.clean = true;
        done(null, true);
      },
      authorizeSubscribe: (client, subscription, done) => {
        const held = (client as unknown as { subscriptions: object }).subscriptions;
        const full = Object.keys(held).length >= (this.#options.maxSubscriptionsPerClient ?? 64);
        done(null, full ? null : subscription);
      },
      authenticate: (client, user, password, done) => done(null, this.#admit(client, user, password)),
      authorizePublish: (client, packet, done) => done(this.#refusal(client, packet)),
      authorizeForward: (client, packet) => (this.#mayRead(client, packet.topic) ? packet : null),
    });
    this.#aedes = aedes;
    aedes.on('clientError', (client, error) => {
      this.#log.debug({ client: client.id, cause: error.message }, 'a client of the embedded broker failed');
    });
    aedes.on('connectionError', (_client, error) => {
      this.#log.debug({ cause: error.message }, 'a connection to the embedded broker failed');
    });
    if (this.#stopped) await this.#close(aedes);
    else await this.#listen();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelRetry();
    this.#url = undefined;
    const [aedes, server] = [this.#aedes, this.#server];
    this.#aedes = undefined;
    this.#server = undefined;
    if (aedes !== undefined) await this.#close(aedes);
    for (const socket of this.#sockets) socket.destroy();
    if (server?.listening) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  #close(aedes: Aedes): Promise<void> {
    return new Promise((resolve) => aedes.close(() => resolve()));
  }

  get #host(): string {
    return this.#options.host ?? '127.0.0.1';
  }

  async #listen(): Promise<void> {
    if (this.#stopped) return;
    const server = createServer((socket) => this.#accept(socket));
    server.maxConnections = this.#options.maxConnections ?? 32;
    this.#server = server;
    try {
      server.listen(this.#options.port, this.#host);
      await once(server, 'listening');
    } catch (cause) {
      const code = (cause as NodeJS.ErrnoException).code;
      const why = code === 'EADDRINUSE' ? 'the port is taken by another program' : String(code ?? cause);
      this.#report('degraded', `${this.#host}:${this.#options.port}: ${why}; trying again`);
      this.#cancelRetry = this.#clock.after(this.#backoff.nextMs(), () => void this.#listen());
      return;
    }
    if (this.#stopped) {
      server.close();
      return;
    }
    server.on('error', (error) =>
      this.#log.warn({ cause: error.message }, 'the embedded broker cannot accept'),
    );
    const { port } = server.address() as AddressInfo;
    this.#url = `mqtt://${this.#host.includes(':') ? `[${this.#host}]` : this.#host}:${port}`;
    this.#report('ok', `listening on ${this.#url}`);
  }

  #accept(socket: Socket): void {
    const aedes = this.#aedes;
    if (aedes === undefined) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    const maxBytes = this.#options.maxPacketBytes ?? MAX_PACKET_BYTES;
    capPackets(socket, maxBytes, (announced) =>
      this.#log.warn({ announced, maxBytes }, 'a client of the embedded broker sent too large a packet'),
    );
    aedes.handle(socket);
  }

  #admit(client: Client, user: string | undefined, password: Buffer | undefined): boolean {
    if (user === OWN_USER) {
      const [given, secret] = [Buffer.from(password ?? ''), Buffer.from(this.#secret)];
      if (given.length !== secret.length || !timingSafeEqual(given, secret)) return false;
      this.#own.add(client);
      return true;
    }
    return client.id !== this.#options.ownClientId;
  }

  #mayRead(client: Client, topic: string): boolean {
    const { others } = this.#options;
    return !others?.private.some((filter) => filterMatches(filter, topic)) || this.#own.has(client);
  }

  /** Keeps clients out of the broker's own topics and the number of retained messages bounded. */
  #refusal(
    client: Client | null,
    packet: { topic: string; retain: boolean; payload: Buffer | string },
  ): Error | null {
    if (packet.topic.startsWith('$SYS/')) return new Error('$SYS/ is reserved');
    const { others } = this.#options;
    if (client !== null && others !== undefined && !this.#own.has(client)) {
      if (!others.publish.some((filter) => filterMatches(filter, packet.topic))) {
        this.#log.warn({ client: client.id, topic: packet.topic }, 'a local client may not publish there');
        return new Error('only requests may be published here');
      }
    }
    if (!packet.retain) return null;
    if (packet.payload.length === 0) this.#retained.delete(packet.topic);
    else if (this.#retained.size < (this.#options.maxRetainedTopics ?? 1_000))
      this.#retained.add(packet.topic);
    else if (!this.#retained.has(packet.topic)) return new Error('too many retained messages');
    return null;
  }

  #report(status: 'ok' | 'degraded', detail: string): void {
    this.#health.report(this.name, status, detail);
    if (status === 'ok') this.#log.info({ detail }, 'embedded broker');
    else this.#log.warn({ detail }, 'embedded broker');
  }
}
