import { type Static, type TProperties, Type } from 'typebox';

/** A record without keys of its own invention: a misspelt key is an error, not a default. */
const Exact = <T extends TProperties>(properties: T) =>
  Type.Object(properties, { additionalProperties: false });

const Text = Type.String({ minLength: 1 });
const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' });
/** At most 512 MiB: no network of a door box is larger, and a slip of the pen must not fill its disk. */
const Bytes = Type.Integer({ minimum: 1, maximum: 512 * 1024 * 1024 });
const HttpsUrl = Type.String({ pattern: '^https://[^\\s]+$' });
const Fraction = Type.Number({ minimum: 0, maximum: 1 });
const Triple = Type.Tuple([Type.Number(), Type.Number(), Type.Number()]);
const Deviation = Type.Number({ exclusiveMinimum: 0 });

const Origin = Type.Union([
  Exact({
    kind: Type.Literal('npm'),
    package: Text,
    version: Text,
    path: Type.String({ pattern: '^(?!.*\\.\\.)[A-Za-z0-9._/-]+\\.json$' }),
    bytes: Exact({ json: Bytes, weights: Bytes }),
    sha256: Exact({ json: Sha256, weights: Sha256 }),
  }),
  Exact({
    kind: Type.Literal('download'),
    url: HttpsUrl,
    mirrors: Type.Optional(Type.Array(HttpsUrl)),
    bytes: Bytes,
    sha256: Sha256,
  }),
]);

const File = Exact({
  id: Type.String({ pattern: '^[a-z0-9][a-z0-9-]*$' }),
  role: Type.Union([
    Type.Literal('detector'),
    Type.Literal('landmarks'),
    Type.Literal('embedder'),
    Type.Literal('iris'),
    Type.Literal('liveness'),
    Type.Literal('quality'),
  ]),
  file: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*\\.onnx$' }),
  optional: Type.Optional(Type.Literal(true)),
  licence: Text,
  origin: Origin,
});

const AlignedPoints = Type.Union([Type.Literal('detector'), Type.Literal('mesh')]);

const Size = {
  width: Type.Integer({ minimum: 16, maximum: 4096 }),
  height: Type.Integer({ minimum: 16, maximum: 4096 }),
};

const Input = Exact({
  tensor: Text,
  ...Size,
  layout: Type.Union([Type.Literal('NCHW'), Type.Literal('NHWC')]),
  channels: Type.Union([Type.Literal('RGB'), Type.Literal('BGR')]),
  mean: Triple,
  std: Type.Tuple([Deviation, Deviation, Deviation]),
});

const Liveness = Type.Union([
  Exact({ kind: Type.Literal('none'), why: Text }),
  Exact({
    kind: Type.Literal('minifasnet'),
    liveClass: Type.Integer({ minimum: 0 }),
    models: Type.Array(
      Exact({ model: Text, input: Input, boxScale: Type.Number({ exclusiveMinimum: 0, maximum: 10 }) }),
      { minItems: 1 },
    ),
  }),
]);

/** The form of `models/packs/<name>.json`; what the fields mean stands at `ModelPack`. */
export const PackSchema = Exact({
  name: Type.String({ pattern: '^[a-z0-9][a-z0-9-]*$' }),
  title: Text,
  files: Type.Array(File, { minItems: 1 }),
  detector: Exact({
    kind: Type.Union([Type.Literal('blazeface'), Type.Literal('yunet')]),
    model: Text,
    input: Input,
    largeInput: Type.Optional(Exact(Size)),
    minScore: Fraction,
    nmsIou: Fraction,
  }),
  landmarks: Type.Optional(
    Exact({
      minPresence: Fraction,
      kind: Type.Literal('facemesh'),
      model: Text,
      input: Input,
      points: Text,
      faceFlag: Exact({
        output: Text,
        scale: Type.Union([Type.Literal('logit'), Type.Literal('probability')]),
      }),
    }),
  ),
  iris: Type.Optional(Exact({ model: Text, input: Input })),
  embedder: Exact({
    model: Text,
    modelId: Text,
    input: Input,
    output: Text,
    length: Type.Integer({ minimum: 1, maximum: 4096 }),
    alignment: Type.Union([
      Exact({
        kind: Type.Literal('eyes'),
        points: AlignedPoints,
        eyeDistance: Fraction,
        eyeHeight: Fraction,
      }),
      Exact({ kind: Type.Literal('arcface'), points: AlignedPoints }),
    ]),
    centre: Type.Optional(
      Exact({ mean: Type.Array(Type.Number()), weight: Fraction, measuredOn: Text, command: Text }),
    ),
  }),
  liveness: Liveness,
  thresholds: Exact({
    match: Type.Number({ minimum: -1, maximum: 1 }),
    margin: Fraction,
    lead: Type.Optional(Fraction),
    measuredOn: Text,
    command: Text,
    atFmr: Type.Optional(
      Type.Array(
        Exact({
          fmr: Fraction,
          cosine: Type.Number({ minimum: -1, maximum: 1 }),
          trueMatchRate: Type.Optional(Fraction),
        }),
      ),
    ),
  }),
  figures: Type.Optional(
    Type.Array(Exact({ what: Text, value: Text, data: Text, command: Text }), { minItems: 1 }),
  ),
});

export type ParsedPack = Static<typeof PackSchema>;
