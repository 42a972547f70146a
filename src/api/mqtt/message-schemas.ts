import type { TSchema } from 'typebox';
import Type from 'typebox';
import { DENIAL_REASONS, EVENT_TYPES } from '../../core/events.ts';
import { REQUEST_VERB_NAMES } from '../../core/request-verbs.ts';
import { REQUEST_SCHEMAS, RESPONSE_SCHEMAS } from './requests/schemas.ts';

const closed = { additionalProperties: false };
const Person = Type.Object({ gallery: Type.String(), id: Type.String() }, closed);
const metres = (description: string) => Type.Number({ minimum: 0, description });

/** What is published on `event`; the members of the contract and no others. */
export const EventSchema = Type.Object(
  {
    id: Type.String({ description: 'Unique for ever: an event that comes twice has the same.' }),
    seq: Type.Integer({ minimum: 1, description: 'Without gaps, over restarts as well.' }),
    bootId: Type.String({ description: 'One for each start of the daemon.' }),
    type: Type.Enum([...EVENT_TYPES]),
    at: Type.String({ description: 'RFC 3339, UTC, milliseconds.' }),
    clockSynced: Type.Boolean({ description: 'Whether the clock was known to be right.' }),
    device: Type.String(),
    door: Type.Optional(Type.String({ description: 'Absent for events of the whole daemon.' })),
    person: Type.Optional(Person),
    score: Type.Optional(Type.Number({ description: 'Cosine similarity, −1 … 1.' })),
    margin: Type.Optional(Type.Number({ description: 'Lead over the runner-up.' })),
    distanceM: Type.Optional(metres('Distance of the face, m.')),
    distanceErrorM: Type.Optional(metres('Half the interval in which the distance lies, m.')),
    liveness: Type.Optional(Type.Enum(['none', 'off', 'live', 'spoof', 'not_assessed'])),
    reason: Type.Optional(
      Type.String({ description: `Of access.denied one of: ${DENIAL_REASONS.join(', ')}.` }),
    ),
    relay: Type.Optional(
      Type.Enum(['none', 'pulsed', 'extended', 'off', 'fault'], { description: 'none: NO DOOR CONNECTED.' }),
    ),
    latencyMs: Type.Optional(Type.Number({ description: 'Capture of the deciding frame → relay, ms.' })),
    expiresAt: Type.Optional(
      Type.String({ description: 'RFC 3339; after it the event is history, never a reason to act.' }),
    ),
  },
  { ...closed, title: 'event' },
);

/** What is published, retained, on `state`. Members that are not known yet are absent. */
export const StateSchema = Type.Object(
  {
    door: Type.Optional(
      Type.Enum([
        'locked',
        'unlocked',
        'open',
        'held_open_warning',
        'held_open',
        'forced',
        'fault',
        'lockdown',
      ]),
    ),
    relay: Type.Optional(
      Type.Enum(['none', 'off', 'on', 'fault'], { description: 'none: NO DOOR CONNECTED.' }),
    ),
    camera: Type.Optional(Type.Enum(['starting', 'ok', 'lost'])),
    facesInView: Type.Optional(Type.Integer({ minimum: 0 })),
    lastDistanceM: Type.Optional(
      Type.Union([Type.Number({ minimum: 0 }), Type.Null()], {
        description: 'Of the nearest face last seen, m.',
      }),
    ),
    falseOpensPerMonth: Type.Optional(
      Type.Union([Type.Number({ minimum: 0 }), Type.Null()], {
        description:
          'How often this door is expected to open for a stranger; null before there is an estimate.',
      }),
    ),
  },
  { ...closed, title: 'state' },
);

/** What is published on `faces`. */
export const FacesSchema = Type.Object(
  {
    tracks: Type.Array(
      Type.Object(
        {
          track: Type.Integer({ description: 'The same for one face as long as it is followed.' }),
          box: Type.Object(
            {
              x: Type.Integer(),
              y: Type.Integer(),
              width: Type.Integer(),
              height: Type.Integer(),
            },
            { ...closed, description: "Pixels of the camera's frame." },
          ),
          distanceM: Type.Optional(metres('m')),
          person: Type.Optional(Person),
          score: Type.Optional(Type.Number()),
        },
        closed,
      ),
    ),
  },
  { ...closed, title: 'faces' },
);

/** Every published schema by the name of its file in docs/mqtt/, without `.schema.json`. */
export function messageSchemas(): Readonly<Record<string, object>> {
  const named: [string, TSchema][] = [
    ['event', EventSchema],
    ['state', StateSchema],
    ['faces', FacesSchema],
    ...REQUEST_VERB_NAMES.flatMap((verb): [string, TSchema][] => [
      [`${verb}.request`, REQUEST_SCHEMAS[verb]],
      [`${verb}.response`, RESPONSE_SCHEMAS[verb]],
    ]),
  ];
  return Object.fromEntries(
    named.map(([name, schema]) => [
      name,
      { $schema: 'http://json-schema.org/draft-07/schema#', ...JSON.parse(JSON.stringify(schema)) },
    ]),
  );
}
