import { LimenError, toLimenError } from '../../core/errors.ts';
import type { Broker, BrokerMessage, BrokerState, PublishOptions } from '../../core/ports/broker.ts';
import { type Clock, delay } from '../../core/ports/clock.ts';
import type { Log } from '../../core/ports/log.ts';
import { Backoff } from '../../runtime/backoff.ts';
import type { Component } from '../../runtime/component.ts';
import { parseBrokerUrl } from './broker-url.ts';
import { MqttSession, type SessionOptions } from './mqtt-session.ts';
import { ProtocolChoice, type ProtocolSetting, protocolName } from './protocol-choice.ts';
import { TlsFiles, type TlsPaths, type TlsPem } from './tls-files.ts';
import { filterMatches } from './topic-filter.ts';

export interface MqttBrokerOptions {
  /**
   * `mqtt://` or `mqtts://`, credentials allowed. A function is asked before every attempt; `undefined` from it
   * means that there is nothing to connect to at present (the embedded broker does not listen).
   */
  readonly url: string | (() => string | undefined);
  readonly protocol: ProtocolSetting;
  /** The same over reconnects and restarts, and different for every daemon of a broker. */
  readonly clientId: string;
  /** Published retained with QoS 1, by the broker when the daemon dies and by `stop` when it leaves. */
  readonly will: { readonly topic: string; readonly payload: string };
  /** Looked at before every connection, and while one lasts: renewed ones are taken over by a new connection. */
  readonly tls?: TlsPaths;
  readonly certificateCheckMs?: number;
  /** Seconds; a dead connection is noticed after one and a half of it. */
  readonly keepaliveS?: number;
  readonly connectTimeoutMs?: number;
  /** A broker that answers pings but not publishes is left after this. */
  readonly ackTimeoutMs?: number;
  /** QoS 1 publishes without PUBACK at a time; a broker's lower Receive Maximum wins. */
  readonly maxInFlight?: number;
  readonly backoff?: { readonly firstMs: number; readonly maxMs: number };
}

const RENEWING = 'connecting anew with renewed certificates';
/** A connection that held this long begins its next series of attempts at the shortest delay. */
const STABLE_MS = 10_000;
/** Each of the two steps of `stop`: the farewell message, and the orderly end of the connection. */
const STOP_STEP_MS = 1_000;
/** How often the certificates' files are looked at, for renewed ones. */
const CERTIFICATE_CHECK_MS = 60_000;

/** The `Broker` port over the `mqtt` package. See `MqttSession` for why every connection has its own client. */
export class MqttBroker implements Broker, Component {
  readonly name = 'broker';
  readonly #options: MqttBrokerOptions;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #backoff: Backoff;
  readonly #protocol: ProtocolChoice;
  readonly #tls: TlsFiles;
  readonly #stopping = new AbortController();
  readonly #stateListeners = new Set<(state: BrokerState) => void>();
  readonly #handlers = new Map<string, Set<(message: BrokerMessage) => void>>();
  #state: BrokerState = { kind: 'disconnected', reason: 'not started' };
  #session: MqttSession | undefined;
  /** Ended by us, for certificates that were renewed. */
  #renewed: MqttSession | undefined;
  #url: string;
  #running: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;

  constructor(options: MqttBrokerOptions, parts: { clock: Clock; log: Log }) {
    this.#options = options;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#backoff = new Backoff(options.backoff ?? { firstMs: 1_000, maxMs: 30_000 });
    this.#protocol = new ProtocolChoice(options.protocol);
    this.#tls = new TlsFiles(options.tls ?? {}, parts.log);
    this.#url = 'mqtt:';
  }

  get url(): string {
    return this.#url;
  }

  get state(): BrokerState {
    return this.#state;
  }

  onState(listener: (state: BrokerState) => void): () => void {
    this.#stateListeners.add(listener);
    return () => this.#stateListeners.delete(listener);
  }

  /** @throws LimenError `uri_invalid` | `uri_unknown_scheme` for a URL that can never work */
  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (typeof this.#options.url === 'string') this.#url = parseBrokerUrl(this.#options.url).redacted;
    if (!this.#stopping.signal.aborted) this.#running ??= this.#run();
  }

  publish(topic: string, payload: Uint8Array | string, options: PublishOptions): Promise<void> {
    if (this.#state.kind === 'connected' && this.#session !== undefined && !this.#stopping.signal.aborted) {
      return this.#session.publish(topic, payload, options);
    }
    const reason = this.#state.kind === 'disconnected' ? this.#state.reason : 'stopping';
    return Promise.reject(new LimenError('broker_unavailable', `${topic} was not sent: ${reason}`));
  }

  /**
   * QoS 1. Filters that overlap may bring one message twice, and redelivery is part of QoS 1: handlers tell
   * duplicates by content.
   */
  subscribe(filter: string, handler: (message: BrokerMessage) => void): () => void {
    const handlers = this.#handlers.get(filter) ?? new Set();
    this.#handlers.set(filter, handlers.add(handler));
    if (handlers.size === 1 && this.#state.kind === 'connected' && this.#session !== undefined) {
      this.#subscribeAt(this.#session, filter);
    }
    return () => {
      if (!handlers.delete(handler) || handlers.size > 0) return;
      this.#handlers.delete(filter);
      this.#session?.unsubscribe(filter);
    };
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#stopping.abort();
    this.#setState({ kind: 'disconnected', reason: 'stopping' });
    const session = this.#session;
    if (session !== undefined) {
      const { topic, payload } = this.#options.will;
      const limit = new AbortController();
      const farewell = session.publish(topic, payload, { qos: 1, retain: true }).catch(() => {});
      await Promise.race([farewell, delay(this.#clock, STOP_STEP_MS, limit.signal).catch(() => {})]);
      limit.abort();
      await session.end(STOP_STEP_MS);
    }
    await this.#running;
    this.#setState({ kind: 'disconnected', reason: 'stopped' });
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const retryAtOnce = await this.#connectOnce();
      if (signal.aborted) return;
      if (!retryAtOnce) await delay(this.#clock, this.#backoff.nextMs(), signal).catch(() => {});
    }
  }

  /** One connection, until it ends; true when the next attempt need not wait. */
  async #connectOnce(): Promise<boolean> {
    const options = await this.#sessionOptions();
    if (options instanceof LimenError) {
      this.#setState({ kind: 'disconnected', reason: options.message });
      return false;
    }
    if (this.#stopping.signal.aborted) return false;
    const session = new MqttSession(options, this.#clock, ({ reason }) => {
      if (this.#state.kind === 'connected') this.#setState({ kind: 'disconnected', reason });
    });
    this.#session = session;
    const opened = await session.open((topic, payload, retain) => this.#deliver({ topic, payload, retain }));
    const openedAtMs = this.#clock.nowMs();
    let cancelWatch = () => {};
    if (opened && !this.#stopping.signal.aborted) {
      this.#protocol.accepted(options.level);
      if (options.endpoint.tls) {
        this.#tls.opened(options.tls);
        if (this.#tls.any) cancelWatch = this.#watchCertificates(session);
      }
      for (const filter of this.#handlers.keys()) this.#subscribeAt(session, filter);
      this.#log.info({ url: this.#url, protocol: protocolName(options.level) }, 'connected to the broker');
      this.#setState({ kind: 'connected' });
    }
    const end = await session.closed;
    cancelWatch();
    this.#session = undefined;
    if (this.#stopping.signal.aborted) return false;
    if (session === this.#renewed) return true;
    if (!opened) this.#tls.failed(options.tls, end);
    if (opened && this.#clock.nowMs() - openedAtMs >= STABLE_MS) this.#backoff.reset();
    const retryAtOnce = !opened && this.#protocol.refused(options.level, end.kind);
    if (retryAtOnce) this.#log.debug({ url: this.#url, reason: end.reason }, 'trying MQTT 3.1.1');
    else this.#setState({ kind: 'disconnected', reason: end.reason });
    return retryAtOnce;
  }

  async #sessionOptions(): Promise<SessionOptions | LimenError> {
    const { url, clientId, will } = this.#options;
    try {
      const text = typeof url === 'string' ? url : url();
      if (text === undefined) {
        return new LimenError('broker_unavailable', 'the embedded broker is not listening');
      }
      const endpoint = parseBrokerUrl(text);
      this.#url = endpoint.redacted;
      const tls: TlsPem = endpoint.tls ? await this.#tls.next() : {};
      return {
        endpoint,
        clientId,
        will,
        level: this.#protocol.next,
        keepaliveS: this.#options.keepaliveS ?? 20,
        connectTimeoutMs: this.#options.connectTimeoutMs ?? 10_000,
        ackTimeoutMs: this.#options.ackTimeoutMs ?? 20_000,
        maxInFlight: this.#options.maxInFlight ?? 64,
        tls,
      };
    } catch (cause) {
      return toLimenError(cause, 'broker_unavailable');
    }
  }

  /** Returns what ends the watch. */
  #watchCertificates(session: MqttSession): () => void {
    let cancel = () => {};
    let watching = true;
    const look = async () => {
      const renewed = await this.#tls.renewed();
      if (!watching || this.#stopping.signal.aborted) return;
      if (renewed) await this.#renew(session);
      else lookLater();
    };
    const lookLater = () => {
      cancel = this.#clock.after(this.#options.certificateCheckMs ?? CERTIFICATE_CHECK_MS, () => void look());
    };
    lookLater();
    return () => {
      watching = false;
      cancel();
    };
  }

  /**
   * Gives a connection up for one with renewed certificates: nothing more is taken, what is under way is acknowledged,
   * and the broker is told goodbye, so that nothing is lost, nothing comes twice and no last will is published. A broker
   * that does not acknowledge ends the connection by itself, after `ackTimeoutMs`.
   */
  async #renew(session: MqttSession): Promise<void> {
    this.#log.info({ url: this.#url }, 'certificates were renewed; connecting anew');
    this.#renewed = session;
    this.#setState({ kind: 'disconnected', reason: RENEWING });
    await session.settled();
    if (!this.#stopping.signal.aborted) await session.end(STOP_STEP_MS);
  }

  #subscribeAt(session: MqttSession, filter: string): void {
    session.subscribe(filter).catch((cause: unknown) => {
      this.#log.warn(
        { filter, cause: toLimenError(cause).message },
        'the broker did not take a subscription',
      );
    });
  }

  /** A border: what a handler throws is logged, and the connection lives on. */
  #deliver(message: BrokerMessage): void {
    for (const [filter, handlers] of this.#handlers) {
      if (!filterMatches(filter, message.topic)) continue;
      for (const handler of handlers) {
        try {
          handler(message);
        } catch (cause) {
          this.#log.error(
            { topic: message.topic, cause: toLimenError(cause).message },
            'message not handled',
          );
        }
      }
    }
  }

  #setState(state: BrokerState): void {
    const before = this.#state;
    this.#state = state;
    if (state.kind === 'disconnected' && before.kind === 'disconnected') {
      if (before.reason === state.reason) return;
    }
    if (state.kind === 'disconnected' && state.reason !== RENEWING && !this.#stopping.signal.aborted) {
      this.#log.warn(
        { url: this.#url, reason: state.reason },
        'not connected to the broker; events wait on disk',
      );
    }
    for (const listener of this.#stateListeners) listener(state);
  }
}
