import { createHash } from 'node:crypto';
import { EVENT_TYPES } from '../../../core/events.ts';
import type { Topics } from '../topics.ts';
import {
  COMMAND_TEMPLATE,
  DISTANCE_TEMPLATE,
  DOOR_TEMPLATE,
  EVENT_TEMPLATE,
  LOCK_TEMPLATE,
  NO_CONTACT_TEMPLATE,
  OCCUPANCY_TEMPLATE,
  PROBLEM_TEMPLATE,
} from './templates.ts';

/** Home Assistant's own topics; its default, which hardly anybody changes. */
export const DISCOVERY_PREFIX = 'homeassistant';
/** Where it says `online` after a start. */
export const BIRTH_TOPIC = `${DISCOVERY_PREFIX}/status`;

export interface AnnouncedDoor {
  readonly id: string;
  /** Whether a door contact is fitted. */
  readonly contact: boolean;
}

export interface AnnouncementOptions {
  readonly device: string;
  readonly doors: readonly AnnouncedDoor[];
  readonly topics: Topics;
  /** Whether `unlock` is named in `mqtt.verbs`: only then is there a lock. */
  readonly lock: boolean;
  /** Of Limen. */
  readonly version: string;
}

export type Entity = { readonly platform: string } & Readonly<Record<string, unknown>>;

export interface Announcement {
  readonly topic: string;
  readonly entities: Readonly<Record<string, Entity>>;
  /** The message; `removed` are entities of earlier messages, by name and platform, that are to go. */
  message(removed: Readonly<Record<string, string>>): string;
}

/**
 * The one message of device discovery (Home Assistant 2024.11 and later), with the keys written out.
 * @see https://www.home-assistant.io/integrations/mqtt/#device-discovery-payload
 */
export function announcement(options: AnnouncementOptions): Announcement {
  const { device, doors, topics, version } = options;
  const node = `limen-${identifier(device)}`;
  const entities: Record<string, Entity> = {
    daemon_event: {
      ...eventEntity(topics.event(undefined)),
      name: 'daemon event',
      unique_id: `${node}-daemon_event`,
      entity_category: 'diagnostic',
    },
  };
  for (const door of doors) {
    for (const [what, entity] of Object.entries(doorEntities(door, options))) {
      const key = `${identifier(door.id)}_${what}`;
      entities[key] = { ...entity, name: `${door.id} ${what}`, unique_id: `${node}-${key}` };
    }
  }
  return {
    topic: `${DISCOVERY_PREFIX}/device/${node}/config`,
    entities,
    message: (removed) =>
      JSON.stringify({
        device: {
          identifiers: [node],
          name: `Limen ${device}`,
          manufacturer: 'Limen',
          model: 'Face recognition at a door',
          sw_version: version,
        },
        origin: { name: 'Limen', sw_version: version },
        availability_topic: topics.availability,
        qos: 1,
        components: {
          ...Object.fromEntries(Object.entries(removed).map(([key, platform]) => [key, { platform }])),
          ...entities,
        },
      }),
  };
}

function doorEntities({ id, contact }: AnnouncedDoor, options: AnnouncementOptions): Record<string, Entity> {
  const { topics, lock } = options;
  const state_topic = topics.state(id);
  const sensor = { platform: 'binary_sensor', state_topic };
  return {
    event: eventEntity(topics.event(id)),
    door: {
      ...sensor,
      device_class: 'door',
      value_template: contact ? DOOR_TEMPLATE : NO_CONTACT_TEMPLATE,
    },
    problem: { ...sensor, device_class: 'problem', value_template: PROBLEM_TEMPLATE },
    occupancy: { ...sensor, device_class: 'occupancy', value_template: OCCUPANCY_TEMPLATE },
    distance: {
      platform: 'sensor',
      state_topic,
      device_class: 'distance',
      state_class: 'measurement',
      unit_of_measurement: 'm',
      suggested_display_precision: 2,
      value_template: DISTANCE_TEMPLATE,
    },
    ...(lock && {
      lock: {
        platform: 'lock',
        state_topic,
        value_template: LOCK_TEMPLATE,
        state_locked: 'LOCKED',
        state_unlocked: 'UNLOCKED',
        state_jammed: 'JAMMED',
        // one topic for both commands is all that the platform has
        command_topic: topics.request(id, 'unlock'),
        command_template: COMMAND_TEMPLATE,
        payload_lock: 'lock',
        payload_unlock: 'unlock',
        optimistic: false,
        retain: false,
      },
    }),
  };
}

function eventEntity(state_topic: string): Entity {
  return { platform: 'event', state_topic, event_types: [...EVENT_TYPES], value_template: EVENT_TEMPLATE };
}

/** Letters, digits, `_` and `-` are what discovery takes; what else there is makes a short hash tell names apart. */
function identifier(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9_-]/g, '_');
  return plain === name ? name : `${plain}_${createHash('sha256').update(name).digest('hex').slice(0, 6)}`;
}
