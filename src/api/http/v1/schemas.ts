import Type from 'typebox';
import { EVENT_TYPES } from '../../../core/events.ts';

const FaceRuleSchema = Type.Union([Type.Literal('only'), Type.Literal('largest')], { default: 'only' });

/** One schema each for validation, for what leaves the daemon, and later for the served description. */
export const PersonRefSchema = Type.Object({
  gallery: Type.String({ minLength: 1, maxLength: 128 }),
  id: Type.String({ minLength: 1, maxLength: 128 }),
});

export const FaceRefSchema = Type.Object({
  gallery: Type.String({ minLength: 1, maxLength: 128 }),
  id: Type.String({ minLength: 1, maxLength: 128 }),
  faceId: Type.String({ minLength: 1, maxLength: 32 }),
});

/** A face as others may see it: what it is like, never the template. */
export const FaceSchema = Type.Object({
  faceId: Type.String(),
  modelId: Type.String(),
  quality: Type.Number(),
  liveness: Type.String(),
  createdAt: Type.String(),
});

export const PersonSchema = Type.Object({
  gallery: Type.String(),
  id: Type.String(),
  name: Type.Optional(Type.String()),
  createdAt: Type.String(),
  enabled: Type.Boolean(),
  validFrom: Type.Optional(Type.String()),
  validUntil: Type.Optional(Type.String()),
  faces: Type.Array(FaceSchema),
});

export const FaceList = Type.Object({ faces: Type.Array(FaceSchema) });

const Name = Type.String({ minLength: 1, maxLength: 200 });
const Instant = Type.String({ format: 'date-time' });

/** By its values, since validation makes a boolean of `null` or 0 where a type is asked for. */
const Enabled = (options: { default?: boolean } = {}) =>
  Type.Unsafe<boolean>({
    enum: [true, false],
    description: 'false: the door stays shut for them, from the next frame on',
    ...options,
  });
/** One schema of two types: of two schemas, validation would take an empty text for `null`. */
const orNull = (schema: Type.TString) =>
  Type.Optional(Type.Unsafe<string | null>({ ...schema, type: ['string', 'null'] }));

/** What stands here is all there is: what is absent goes. */
export const PersonDetailsSchema = Type.Object(
  {
    name: Type.Optional(Name),
    enabled: Enabled({ default: true }),
    validFrom: Type.Optional(Instant),
    validUntil: Type.Optional(Instant),
  },
  { additionalProperties: false },
);

/** `null` takes a member away, an absent one stays (RFC 7396). */
export const PersonPatchSchema = Type.Object(
  {
    name: orNull(Name),
    enabled: Type.Optional(Enabled()),
    validFrom: orNull(Instant),
    validUntil: orNull(Instant),
  },
  { additionalProperties: false },
);

export const GalleriesSchema = Type.Object({
  galleries: Type.Array(
    Type.Object({ gallery: Type.String(), people: Type.Integer(), faces: Type.Integer() }),
  ),
});

export const PeopleQuery = Type.Object({
  gallery: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
  limit: Type.Integer({ minimum: 1, maximum: 1000, default: 100 }),
  /** `next` of the page before. */
  after: Type.Optional(Type.String({ minLength: 1, maxLength: 1024 })),
});

export const PeoplePage = Type.Object({
  people: Type.Array(PersonSchema),
  next: Type.Optional(Type.String()),
});

export const EnrolQuery = Type.Object({
  name: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  /** Before it, and from `validUntil` on, the person is not let in. */
  validFrom: Type.Optional(Type.String({ format: 'date-time' })),
  validUntil: Type.Optional(Type.String({ format: 'date-time' })),
  force: Type.Boolean({ default: false }),
  face: FaceRuleSchema,
  /** A door: whoever stands before its camera, instead of a picture. */
  camera: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
});

export const EnrolledSchema = Type.Object({
  person: PersonSchema,
  faceId: Type.String(),
  duplicateOf: Type.Optional(PersonRefSchema),
});

export const HealthSchema = Type.Object({
  status: Type.String(),
  components: Type.Record(
    Type.String(),
    Type.Object({ status: Type.String(), detail: Type.Optional(Type.String()) }),
  ),
});

export const VerifyQuery = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 128 }),
  /** The default gallery first, then the only one that has the id, when absent. */
  gallery: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
  face: FaceRuleSchema,
});

export const VerifiedSchema = Type.Object({
  verified: Type.Boolean(),
  person: PersonRefSchema,
  score: Type.Optional(Type.Number()),
  liveness: Type.Optional(Type.String()),
  reason: Type.Optional(Type.String()),
});

export const IdentifyQuery = Type.Object({
  gallery: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
  face: FaceRuleSchema,
});

export const IdentifiedSchema = Type.Object({
  identified: Type.Boolean(),
  person: Type.Optional(PersonRefSchema),
  score: Type.Optional(Type.Number()),
  margin: Type.Optional(Type.Number()),
  liveness: Type.Optional(Type.String()),
  reason: Type.Optional(Type.String()),
});

/** Further members come with the type of the event. */
export const EventSchema = Type.Object(
  {
    id: Type.String({ description: 'unique for ever' }),
    seq: Type.Integer({ minimum: 1, description: 'position in the journal; without gaps over restarts' }),
    bootId: Type.String(),
    type: Type.Union(EVENT_TYPES.map((type) => Type.Literal(type))),
    at: Type.String({ description: 'RFC 3339, UTC' }),
    clockSynced: Type.Boolean({ description: 'false when the wall clock is not known to be right' }),
    device: Type.String(),
    door: Type.Optional(Type.String()),
    person: Type.Optional(PersonRefSchema),
    reason: Type.Optional(Type.String()),
    actor: Type.Optional(Type.String({ description: 'who asked, for what administrators do' })),
    chain: Type.Optional(
      Type.Object(
        {
          prev: Type.String({ description: '`hash` of the administrative entry before' }),
          hash: Type.String(),
          person: Type.Optional(Type.String({ description: 'salted digest of the person' })),
          salt: Type.Optional(Type.String({ description: 'until the person is removed' })),
        },
        { description: 'of administrative entries: what makes a changed or missing one visible' },
      ),
    ),
  },
  { additionalProperties: true },
);

export const EventPageSchema = Type.Object({
  events: Type.Array(EventSchema),
  next: Type.Optional(
    Type.Integer({ description: '`after` or `before` of the next page, whichever this one went by' }),
  ),
});

export const CamerasSchema = Type.Object({
  cameras: Type.Array(
    Type.Object({
      door: Type.String(),
      camera: Type.String({ description: 'its URI without credentials' }),
      state: Type.Union(['starting', 'ok', 'lost'].map((state) => Type.Literal(state))),
      captured: Type.Integer({ description: 'frames since the start' }),
      dropped: Type.Integer({ description: 'of them, dropped for newer ones' }),
      processed: Type.Integer(),
      ageMs: Type.Optional(Type.Integer({ description: 'since the newest processed frame was captured' })),
      widthPx: Type.Optional(Type.Integer()),
      heightPx: Type.Optional(Type.Integer()),
      facesInView: Type.Optional(Type.Integer()),
    }),
  ),
});

export const DistanceQuery = Type.Object({
  camera: Type.Optional(
    Type.String({ minLength: 1, maxLength: 128, description: 'the door whose camera took the picture' }),
  ),
});

export const DistanceSchema = Type.Object({
  focal: Type.Object({
    source: Type.Union(['exif', 'camera', 'assumed'].map((source) => Type.Literal(source))),
    px: Type.Number({ description: 'focal length used, in pixels of the picture' }),
  }),
  faces: Type.Array(
    Type.Object({
      distanceM: Type.Number(),
      minM: Type.Number(),
      maxM: Type.Number(),
      confidence: Type.Enum(['low', 'fair'], {
        description: 'low: the landmarks see this face badly or not at all; the interval is wider then',
      }),
      box: Type.Object({
        x: Type.Number(),
        y: Type.Number(),
        width: Type.Number(),
        height: Type.Number(),
      }),
    }),
    { minItems: 1, description: 'nearest first' },
  ),
});

export const ColourSchema = Type.Object({
  tone: Type.Union(
    ['spring warm', 'summer cool', 'autumn warm', 'winter cool'].map((tone) => Type.Literal(tone)),
  ),
  confidence: Type.Enum(['low', 'fair'], {
    description: 'low: near another tone, or a face too dark, glaring or blurred to tell',
  }),
});
