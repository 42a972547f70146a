import type { TProperties, TSchema } from 'typebox';
import Type, { type Static } from 'typebox';
import { REQUEST_VERBS, type RequestVerb } from '../../../core/request-verbs.ts';
import { COMMANDED_MODES, MAX_MODE_S } from '../../../services/door/door-modes.ts';

/** Most bytes of a picture in a request, decoded. */
export const MAX_IMAGE_BYTES = 2 * 1024 * 1024;
/** How far ahead `expiresAt` may lie. */
export const MAX_AHEAD_MS = 30_000;

const closed = { additionalProperties: false };
const name = (description: string) => Type.String({ minLength: 1, maxLength: 128, description });

const ENVELOPE = {
  transaction: Type.String({
    minLength: 1,
    maxLength: 128,
    description: 'Comes back in the answer, so that the sender knows which of its requests was answered.',
  }),
  token: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 256,
      description: 'An API token; needed unless `mqtt.trustBroker` is set.',
    }),
  ),
};

const ONCE = {
  nonce: Type.String({
    pattern: '^[A-Za-z0-9_-]{22,128}={0,2}$',
    description: 'At least 16 random bytes, base64url. Each is acted upon once.',
  }),
  expiresAt: Type.String({
    pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?(Z|[+-]\\d{2}:\\d{2})$',
    description: 'RFC 3339, at most 30 s ahead. From then on nothing is done any more.',
  }),
};

const gallery = Type.Optional(name('`http.defaultGallery` when it is left out.'));
const id = name('The id of the person within the gallery.');
const image = Type.String({
  minLength: 4,
  maxLength: Math.ceil(MAX_IMAGE_BYTES / 3) * 4,
  pattern: '^[A-Za-z0-9+/]+={0,2}$',
  contentEncoding: 'base64',
  description: 'A JPEG, PNG, WebP or AVIF of at most 2 MB, as base64 without line breaks.',
});

const MEMBERS = {
  health: {},
  list: {
    gallery: Type.Optional(name('All galleries when it is left out.')),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, description: '500 when left out.' })),
    after: Type.Optional(Type.String({ maxLength: 257, description: '`next` of the answer before.' })),
  },
  verify: {
    gallery: Type.Optional(
      name('When it is left out: the default gallery, else the only one that has the id.'),
    ),
    id,
    image,
  },
  identify: { gallery: Type.Optional(name('All galleries when it is left out.')), image },
  enroll: { gallery, id, image },
  remove: { gallery, id },
  reset: {},
  lock: {},
  unlock: {
    command: Type.Optional(
      Type.Enum(['unlock', 'lock'], {
        description:
          'For senders that have one topic for both: `lock` counts as a request `lock` in every respect.',
      }),
    ),
  },
  mode: {
    mode: Type.Enum([...COMMANDED_MODES], {
      description: '`schedule` gives the door back to its schedules.',
    }),
    forS: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: MAX_MODE_S,
        description: 'How long, s; then as the schedules say. Until the next command when it is left out.',
      }),
    ),
  },
} satisfies Record<RequestVerb, TProperties>;

type Members<V extends RequestVerb> = Static<ReturnType<typeof Type.Object<(typeof MEMBERS)[V]>>>;
export interface Envelope {
  readonly transaction: string;
  readonly token?: string;
  /** Present where the verb changes something. */
  readonly nonce?: string;
  readonly expiresAt?: string;
}
export type RequestOf<V extends RequestVerb> = Envelope & Readonly<Members<V>>;

/** What a request of each verb is to look like. */
export const REQUEST_SCHEMAS = Object.fromEntries(
  Object.entries(MEMBERS).map(([verb, members]) => [
    verb,
    Type.Object(
      { ...ENVELOPE, ...(REQUEST_VERBS[verb as RequestVerb].changes && ONCE), ...members },
      { ...closed, title: `request/${verb}` },
    ),
  ]),
) as unknown as Readonly<Record<RequestVerb, TSchema>>;

const Person = Type.Object({ gallery: Type.String(), id: Type.String() }, closed);
const score = Type.Number({ description: 'Cosine similarity, −1 … 1.' });

const DATA = {
  health: Type.Object(
    {
      status: Type.Enum(['ok', 'degraded', 'failed']),
      components: Type.Record(
        Type.String(),
        Type.Object(
          { status: Type.Enum(['ok', 'degraded', 'failed']), detail: Type.Optional(Type.String()) },
          closed,
        ),
      ),
    },
    closed,
  ),
  list: Type.Object(
    {
      people: Type.Array(
        Type.Object(
          {
            gallery: Type.String(),
            id: Type.String(),
            name: Type.Optional(Type.String()),
            enabled: Type.Boolean(),
            validFrom: Type.Optional(Type.String()),
            validUntil: Type.Optional(Type.String()),
            faces: Type.Integer({ description: 'How many; never what they look like.' }),
          },
          closed,
        ),
      ),
      next: Type.Optional(Type.String({ description: '`after` of the next request; absent at the end.' })),
    },
    closed,
  ),
  verify: Type.Object(
    {
      verified: Type.Boolean(),
      person: Person,
      score: Type.Optional(score),
      reason: Type.Optional(Type.Enum(['person_disabled', 'outside_validity'])),
    },
    closed,
  ),
  identify: Type.Object(
    {
      identified: Type.Boolean(),
      person: Type.Optional(Person),
      score: Type.Optional(score),
      margin: Type.Optional(Type.Number({ description: 'Lead over the runner-up.' })),
      reason: Type.Optional(Type.Enum(['unknown_face', 'ambiguous_match'])),
    },
    closed,
  ),
  enroll: Type.Object({ person: Person, faceId: Type.String() }, closed),
  remove: Type.Object({ person: Person }, closed),
  reset: Type.Object({ removed: Type.Integer({ description: 'People that there were.' }) }, closed),
  lock: Type.Object(
    {
      door: Type.String(),
      locked: Type.Boolean({ description: 'false: the fire input or held-open mode keeps it released' }),
    },
    closed,
  ),
  unlock: Type.Object(
    {
      door: Type.String(),
      relay: Type.Enum(['pulsed', 'extended']),
      holdMs: Type.Integer({ description: 'How long from now the lock stays released, ms.' }),
    },
    closed,
  ),
  mode: Type.Object(
    {
      door: Type.String(),
      mode: Type.Enum(['normal', 'held_open', 'lockdown'], { description: 'The one in force.' }),
      until: Type.Optional(Type.String({ description: 'RFC 3339; absent where it does not end by itself.' })),
    },
    closed,
  ),
} satisfies Record<RequestVerb, TSchema>;

export type DataOf<V extends RequestVerb> = Readonly<Static<(typeof DATA)[V]>>;

/** What an answer to each verb looks like. `command: lock` on `unlock` is answered as `lock` is. */
export const RESPONSE_SCHEMAS = Object.fromEntries(
  Object.entries(DATA).map(([verb, data]) => [
    verb,
    Type.Union(
      [
        Type.Object(
          {
            status: Type.Literal('ok'),
            data: verb === 'unlock' ? Type.Union([data, DATA.lock]) : data,
            transaction: ENVELOPE.transaction,
          },
          closed,
        ),
        Type.Object(
          {
            status: Type.Literal('error'),
            error: Type.Object(
              {
                code: Type.String({ description: 'One of docs/errors.md.' }),
                message: Type.String({ description: 'What happened.' }),
                advice: Type.String({ description: 'What to do about it.' }),
              },
              closed,
            ),
            transaction: Type.Optional(ENVELOPE.transaction),
          },
          { ...closed, description: '`transaction` is absent when the request had none that could be read.' },
        ),
      ],
      { title: `response/${verb}` },
    ),
  ]),
) as unknown as Readonly<Record<RequestVerb, TSchema>>;
