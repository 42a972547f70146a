import { connect, type IClientOptions, type IPublishPacket, type MqttClient, ReasonCodes } from 'mqtt';
import { LimenError } from '../../core/errors.ts';
import type { PublishOptions } from '../../core/ports/broker.ts';
import { type Clock, delay } from '../../core/ports/clock.ts';
import type { BrokerEndpoint } from './broker-url.ts';
import type { ProtocolLevel, RefusalKind } from './protocol-choice.ts';
import { PublishWindow } from './publish-window.ts';
import { connectAdvice, refusalAdvice } from './refusal-advice.ts';
import type { TlsPem } from './tls-files.ts';

export interface SessionOptions {
  readonly endpoint: BrokerEndpoint;
  readonly level: ProtocolLevel;
  readonly clientId: string;
  readonly will: { readonly topic: string; readonly payload: string };
  /** The connection counts as dead after one and a half of it without a word from the broker. */
  readonly keepaliveS: number;
  readonly connectTimeoutMs: number;
  readonly ackTimeoutMs: number;
  readonly maxInFlight: number;
  /** For `mqtts:`. */
  readonly tls: TlsPem;
}

export interface SessionEnd {
  readonly kind: RefusalKind;
  readonly reason: string;
  /** Whether anybody took the connection at all. */
  readonly reached: boolean;
}

type Ending = Omit<SessionEnd, 'reached'>;

/** MQTT 5 2.4 and MQTT 3.1.1 3.2.2.3: the reasons that speak of the protocol version. */
const VERSION_REFUSALS: readonly unknown[] = [1, 132];

/**
 * One connection, from CONNECT to its end; it never reconnects. Each has its own library client, so no queue,
 * store or packet identifier outlives the connection, and whatever was not acknowledged is rejected when it ends.
 */
export class MqttSession {
  readonly #options: SessionOptions;
  readonly #clock: Clock;
  readonly #onEnd: (end: SessionEnd) => void;
  readonly #window: PublishWindow;
  /** Resolves when the connection is gone, with the reason. */
  readonly closed: Promise<SessionEnd>;
  #resolveClosed: (end: SessionEnd) => void = () => {};
  #resolveOpened: (opened: boolean) => void = () => {};
  #client: MqttClient | undefined;
  #cancelConnectTimer: () => void = () => {};
  #reached = false;
  #connected = false;
  #ended = false;
  #cause: Ending | undefined;

  /** `onEnd` is called before unacknowledged publishes are rejected, so that whoever hears of them sees why. */
  constructor(options: SessionOptions, clock: Clock, onEnd: (end: SessionEnd) => void) {
    this.#options = options;
    this.#onEnd = onEnd;
    this.#clock = clock;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    this.#window = new PublishWindow({
      clock,
      ackTimeoutMs: options.ackTimeoutMs,
      onAckTimeout: () =>
        this.#fail({ kind: 'other', reason: `no PUBACK within ${options.ackTimeoutMs} ms` }),
    });
  }

  /** Connects; false when it failed, with the reason in `closed`. */
  open(onMessage: (topic: string, payload: Uint8Array, retain: boolean) => void): Promise<boolean> {
    if (this.#ended) return Promise.resolve(false);
    const { endpoint, connectTimeoutMs } = this.#options;
    this.#cancelConnectTimer = this.#clock.after(connectTimeoutMs, () =>
      this.#fail({
        kind: 'other',
        reason: `${endpoint.redacted} did not answer within ${connectTimeoutMs} ms`,
      }),
    );
    const opened = new Promise<boolean>((resolve) => {
      this.#resolveOpened = resolve;
    });
    const client = connect(this.#clientOptions());
    this.#client = client;
    client.stream.once('connect', () => {
      this.#reached = true;
    });
    client.on('connect', () => {
      this.#cancelConnectTimer();
      this.#connected = true;
      const receiveMaximum = client.serverProperties?.receiveMaximum ?? Number.POSITIVE_INFINITY;
      this.#window.open(Math.min(this.#options.maxInFlight, receiveMaximum));
      this.#resolveOpened(true);
    });
    client.on('message', (topic: string, payload: Buffer, packet: IPublishPacket) =>
      onMessage(topic, payload, packet.retain),
    );
    client.on('disconnect', (packet) => {
      const reason = ReasonCodes[(packet.reasonCode ?? 0) as keyof typeof ReasonCodes];
      this.#cause ??= {
        kind: 'other',
        reason: `the broker disconnected: ${reason || 'no reason given'}${refusalAdvice(packet.reasonCode)}`,
      };
    });
    // Every error of the library leaves the connection unusable or in doubt: it ends here, and a new one is made.
    client.on('error', (error) => this.#fail(this.#endFor(error)));
    client.on('close', () =>
      this.#fail({
        kind: this.#connected ? 'other' : 'closed_early',
        reason: `${endpoint.redacted} closed the connection`,
      }),
    );
    return opened;
  }

  /** @throws LimenError `broker_unavailable` | `broker_refused` | `busy` (more waiting than the window holds) */
  publish(topic: string, payload: Uint8Array | string, options: PublishOptions): Promise<void> {
    const client = this.#client;
    if (client === undefined || !this.#connected || this.#ended) {
      return Promise.reject(new LimenError('broker_unavailable', 'not connected to the broker'));
    }
    const limit = client.serverProperties?.maximumPacketSize;
    if (limit !== undefined && payload.length + topic.length + 16 > limit) {
      const message = `the broker takes packets of at most ${limit} bytes; ${topic} would be larger`;
      return Promise.reject(new LimenError('broker_refused', message));
    }
    const bytes = typeof payload === 'string' ? payload : Buffer.from(payload);
    return this.#window.publish(options.qos, topic, (done) => client.publish(topic, bytes, options, done));
  }

  /** QoS 1. @throws LimenError `broker_unavailable` | `broker_refused` */
  subscribe(filter: string): Promise<void> {
    const client = this.#client;
    if (client === undefined || this.#ended) {
      return Promise.reject(new LimenError('broker_unavailable', 'not connected to the broker'));
    }
    // `rap`: MQTT 5 then shows a live message that was sent as retained; 3.1.1 clears the flag.
    const options = this.#options.level === 5 ? { qos: 1 as const, rap: true } : { qos: 1 as const };
    return new Promise((resolve, reject) => {
      client.subscribe(filter, options, (error) => {
        if (!error) resolve();
        else if (this.#ended || error.message === 'Connection closed')
          reject(new LimenError('broker_unavailable', error.message));
        else reject(new LimenError('broker_refused', `subscription to ${filter}: ${error.message}`));
      });
    });
  }

  unsubscribe(filter: string): void {
    if (!this.#ended) this.#client?.unsubscribe(filter);
  }

  /** Resolves when everything given to `publish` was answered, or the connection ended. */
  settled(): Promise<void> {
    return this.#window.settled();
  }

  /** Says goodbye (no last will), waits at most `graceMs` for it to leave, then drops the socket. */
  async end(graceMs: number): Promise<void> {
    const client = this.#client;
    if (client !== undefined && this.#connected && !this.#ended) {
      const limit = new AbortController();
      this.#window.close(new LimenError('broker_unavailable', 'the daemon is disconnecting'));
      for (const id of Object.keys(client.outgoing)) client.removeOutgoingMessage(Number(id));
      const left = new Promise<void>((resolve) => client.end(false, {}, () => resolve()));
      await Promise.race([left, delay(this.#clock, graceMs, limit.signal).catch(() => {})]);
      limit.abort();
    }
    this.#fail({ kind: 'other', reason: 'stopped' });
  }

  #fail(end: Ending): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#cancelConnectTimer();
    const cause = { ...(this.#cause ?? end), reached: this.#reached };
    this.#onEnd(cause);
    this.#window.close(new LimenError('broker_unavailable', cause.reason));
    const client = this.#client;
    if (client !== undefined) {
      client.end(true);
      client.stream.destroy();
    }
    this.#resolveOpened(false);
    this.#resolveClosed(cause);
  }

  #endFor(error: Error & { code?: number | string }): Ending {
    const { redacted } = this.#options.endpoint;
    if (typeof error.code === 'number') {
      const kind = VERSION_REFUSALS.includes(error.code) ? 'version_refused' : 'other';
      return {
        kind,
        reason: `${redacted} refused: ${error.message} (${error.code})${connectAdvice(error.code)}`,
      };
    }
    const reason = `${redacted}: ${error.message || error.code || error.name}${connectAdvice(error.code)}`;
    // Without a system error code it is an answer that does not parse: an older protocol, or no broker at all.
    return { kind: this.#connected || error.code !== undefined ? 'other' : 'closed_early', reason };
  }

  #clientOptions(): IClientOptions {
    const { endpoint, level, clientId, will, keepaliveS, connectTimeoutMs, tls } = this.#options;
    return {
      protocol: endpoint.tls ? 'mqtts' : 'mqtt',
      host: endpoint.host,
      port: endpoint.port,
      ...(endpoint.username === undefined ? {} : { username: endpoint.username }),
      ...(endpoint.password === undefined ? {} : { password: endpoint.password }),
      ...(endpoint.tls ? { ...tls, rejectUnauthorized: true } : {}),
      protocolVersion: level,
      clientId,
      clean: true,
      will: { topic: will.topic, payload: Buffer.from(will.payload), qos: 1, retain: true },
      keepalive: keepaliveS,
      timerVariant: intervalsOn(this.#clock),
      // Ours, on the injected clock, fires first.
      connectTimeout: connectTimeoutMs * 2,
      reconnectPeriod: 0,
      resubscribe: false,
      queueQoSZero: false,
      // The library's debug output would show the password.
      log: () => {},
    };
  }
}

/** The library's keepalive on the injected clock; it asks for intervals and takes any truthy value as their name. */
function intervalsOn(clock: Clock): NonNullable<Exclude<IClientOptions['timerVariant'], string>> {
  const cancels = new Map<number, () => void>();
  let lastId = 0;
  return {
    set(callback: () => void, intervalMs = 0) {
      const id = ++lastId;
      const tick = () => {
        cancels.set(id, clock.after(intervalMs, tick));
        callback();
      };
      cancels.set(id, clock.after(intervalMs, tick));
      return id as never;
    },
    clear(id) {
      const key = Number(id);
      cancels.get(key)?.();
      cancels.delete(key);
    },
  };
}
