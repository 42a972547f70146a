export interface PublishOptions {
  readonly qos: 0 | 1;
  readonly retain: boolean;
}

export interface BrokerMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly retain: boolean;
}

export type BrokerState =
  | { readonly kind: 'connected' }
  | { readonly kind: 'disconnected'; readonly reason: string };

/**
 * A connection to an MQTT broker that reconnects by itself for ever, with the last will set before connecting.
 * Nothing is queued for later: what cannot be sent now is refused, and the journal keeps it.
 */
export interface Broker {
  /** The URL without credentials. */
  readonly url: string;
  readonly state: BrokerState;
  onState(listener: (state: BrokerState) => void): () => void;
  /** Begins connecting; resolves at once. */
  start(signal: AbortSignal): Promise<void>;
  /** Resolves when sent (QoS 0) or acknowledged (QoS 1). @throws LimenError `broker_unavailable` | `broker_refused` */
  publish(topic: string, payload: Uint8Array | string, options: PublishOptions): Promise<void>;
  /** Stays subscribed over reconnects. Returns the unsubscriber. */
  subscribe(filter: string, handler: (message: BrokerMessage) => void): () => void;
  /** Publishes the will's message, disconnects; idempotent and bounded. */
  stop(): Promise<void>;
}
