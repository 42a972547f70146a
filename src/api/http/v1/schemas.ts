import Type from 'typebox';

const FaceRuleSchema = Type.Union([Type.Literal('only'), Type.Literal('largest')], { default: 'only' });

/** One schema each for validation, for what leaves the daemon, and later for the served description. */
export const PersonRefSchema = Type.Object({
  gallery: Type.String({ minLength: 1, maxLength: 128 }),
  id: Type.String({ minLength: 1, maxLength: 128 }),
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
