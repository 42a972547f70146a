import { MqttPublisher } from '../api/mqtt/publisher.ts';
import { lastWill } from '../api/mqtt/state.ts';
import { Topics } from '../api/mqtt/topics.ts';
import type { Config } from '../config/config.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Journal } from '../core/ports/journal.ts';
import type { Log } from '../core/ports/log.ts';
import { EmbeddedBroker } from '../drivers/broker/embedded-broker.ts';
import { MqttBroker } from '../drivers/broker/mqtt-broker.ts';
import type { Component } from '../runtime/component.ts';
import type { Health } from '../runtime/health.ts';

export interface MqttRoom {
  readonly publisher: MqttPublisher;
  readonly broker: MqttBroker;
  readonly topics: Topics;
  /** Only when no `mqtt.url` is configured. */
  readonly embedded: EmbeddedBroker | undefined;
  /** In order of start. */
  readonly components: readonly Component[];
}

/** The connection to the building's broker, or to our own one on loopback, and what we publish there. */
export function mqttRoom(
  config: Config,
  parts: { journal: Journal; clock: Clock; log: Log; health: Health },
): MqttRoom {
  const { mqtt, device } = config;
  const topics = new Topics({ prefix: mqtt.prefix, device });
  const embedded =
    mqtt.url === undefined ? new EmbeddedBroker({ port: mqtt.embeddedPort }, parts) : undefined;
  const broker = new MqttBroker(
    {
      url: mqtt.url ?? (() => embedded?.url),
      protocol: embedded === undefined ? mqtt.protocol : '3.1.1',
      clientId: `limen-${device}`,
      will: lastWill(topics),
      tls: {
        ...(mqtt.ca !== undefined && { caFile: mqtt.ca }),
        ...(mqtt.cert !== undefined && { certFile: mqtt.cert }),
        ...(mqtt.key !== undefined && { keyFile: mqtt.key }),
      },
    },
    parts,
  );
  const doors = config.doors.map((door) => door.id);
  const publisher = new MqttPublisher({ doors, facesHz: mqtt.facesHz }, { ...parts, broker, topics });
  const components = [...(embedded ? [embedded] : []), broker, publisher];
  return { publisher, broker, topics, embedded, components };
}
