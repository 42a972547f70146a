import type { LimenEvent } from '../../core/events.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Log } from '../../core/ports/log.ts';
import { MqttBroker } from '../../drivers/broker/mqtt-broker.ts';

/** Somebody in the building who listens: an MQTT client of its own, which knows nothing of the daemon's inside. */
export class Subscriber {
  readonly #client: MqttBroker;
  readonly events: LimenEvent[] = [];

  constructor(url: string, parts: { clock: Clock; log: Log }) {
    const will = { topic: 'building/demo-subscriber/availability', payload: 'offline' };
    this.#client = new MqttBroker({ url, protocol: '3.1.1', clientId: 'building-demo', will }, parts);
  }

  /** Resolves once subscribed, so that nothing published afterwards is missed. */
  async start(signal: AbortSignal, onMessage: (topic: string, payload: string) => void): Promise<void> {
    this.#client.subscribe('limen/#', ({ topic, payload }) => {
      const text = new TextDecoder().decode(payload);
      if (topic.endsWith('/event')) this.events.push(JSON.parse(text) as LimenEvent);
      onMessage(topic, text);
    });
    const connected = new Promise<void>((resolve) => {
      this.#client.onState(({ kind }) => kind === 'connected' && resolve());
    });
    await this.#client.start(signal);
    await connected;
    // a message of our own comes back only after the subscription was taken
    const ready = new Promise<void>((resolve) =>
      this.#client.subscribe('building/demo-subscriber/ready', () => resolve()),
    );
    await this.#client.publish('building/demo-subscriber/ready', '', { qos: 1, retain: false });
    await ready;
  }

  stop(): Promise<void> {
    return this.#client.stop();
  }
}
