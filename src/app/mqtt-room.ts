import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { announcement, BIRTH_TOPIC } from '../api/mqtt/home-assistant/discovery.ts';
import {
  type AnnouncedDocument,
  HomeAssistant,
  parseAnnounced,
} from '../api/mqtt/home-assistant/home-assistant.ts';
import { MqttPublisher } from '../api/mqtt/publisher.ts';
import { lastWill } from '../api/mqtt/state.ts';
import { Topics } from '../api/mqtt/topics.ts';
import type { Config } from '../config/config.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Journal } from '../core/ports/journal.ts';
import type { Log } from '../core/ports/log.ts';
import { EmbeddedBroker } from '../drivers/broker/embedded-broker.ts';
import { MqttBroker } from '../drivers/broker/mqtt-broker.ts';
import { DocumentFile } from '../drivers/store/documents.ts';
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
  parts: { stateDir: string; journal: Journal; clock: Clock; log: Log; health: Health },
): MqttRoom {
  const { mqtt, device } = config;
  const topics = new Topics({ prefix: mqtt.prefix, device });
  const clientId = `limen-${device}`;
  const embedded =
    mqtt.url === undefined
      ? new EmbeddedBroker(
          {
            port: mqtt.embeddedPort,
            ownClientId: clientId,
            others: { publish: [topics.requests, BIRTH_TOPIC], private: [topics.requests] },
          },
          parts,
        )
      : undefined;
  const broker = new MqttBroker(
    {
      url: mqtt.url ?? (() => embedded?.ownUrl),
      protocol: embedded === undefined ? mqtt.protocol : '3.1.1',
      clientId,
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
  const announced = new DocumentFile<AnnouncedDocument>({
    path: join(parts.stateDir, 'home-assistant.json'),
    log: parts.log,
    name: 'home-assistant',
    schema: 1,
    initial: { topics: [], entities: {} },
    parse: parseAnnounced,
    // at worst something that nobody uses any more stays at the broker
    whenUnreadable: 'replace',
  });
  const discovery = mqtt.discovery
    ? announcement({
        device,
        topics,
        doors: config.doors.map(({ id, inputs }) => ({ id, contact: inputs.contact !== undefined })),
        lock: mqtt.verbs.includes('unlock'),
        version: version(),
      })
    : undefined;
  if (discovery !== undefined && mqtt.verbs.includes('unlock') && !mqtt.trustBroker) {
    parts.log.warn(
      { fix: 'mqtt.trustBroker: true, with access rules at the broker; see docs/mqtt.md' },
      "Home Assistant's lock will be refused: it has no token to send",
    );
  }
  const homeAssistant = new HomeAssistant(discovery, { ...parts, broker, document: announced });
  const components = [...(embedded ? [embedded] : []), announced, broker, publisher, homeAssistant];
  return { publisher, broker, topics, embedded, components };
}

function version(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
