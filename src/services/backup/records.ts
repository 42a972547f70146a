import Type, { type Static } from 'typebox';
import Value from 'typebox/value';
import type { Person } from '../../core/person.ts';
import type { ByteReader } from './byte-reader.ts';
import { unreadable } from './envelope.ts';

/** Each record: type u8, length u32 LE, content. */
const TYPES = { end: 0, person: 1, picture: 2, accounts: 3 } as const;
/** A person with ten faces is 60 kB, a picture 100 MB at the very most. */
const MAX_RECORD_BYTES = 128 * 1024 * 1024;
const NAME_BYTES = 32;

/** What a backup holds, in its order: accounts, then each person after their pictures, and the end with the counts. */
export type BackupRecord =
  | { readonly type: 'accounts'; readonly accounts: unknown }
  | { readonly type: 'picture'; readonly name: string; readonly picture: Uint8Array }
  | { readonly type: 'person'; readonly person: Person }
  | { readonly type: 'end'; readonly people: number; readonly pictures: number };

const FaceSchema = Type.Object({
  faceId: Type.String(),
  modelId: Type.String(),
  /** float32 LE, base64. */
  embedding: Type.String(),
  quality: Type.Number(),
  liveness: Type.Enum(['not_assessed', 'live']),
  createdAt: Type.String(),
  picture: Type.Optional(Type.String()),
});
const PersonSchema = Type.Object({
  gallery: Type.String({ minLength: 1 }),
  id: Type.String({ minLength: 1 }),
  name: Type.Optional(Type.String()),
  createdAt: Type.String(),
  enabled: Type.Boolean(),
  validFrom: Type.Optional(Type.String()),
  validUntil: Type.Optional(Type.String()),
  faces: Type.Array(FaceSchema),
});
const EndSchema = Type.Object({ people: Type.Integer(), pictures: Type.Integer() });

export function encodeRecord(record: BackupRecord): Buffer {
  const { type, ...rest } = record;
  const content =
    record.type === 'picture'
      ? Buffer.concat([Buffer.from(record.name, 'latin1'), record.picture])
      : Buffer.from(
          JSON.stringify(
            record.type === 'person' ? personJson(record.person) : 'accounts' in rest ? rest.accounts : rest,
          ),
        );
  const start = Buffer.alloc(5);
  start.writeUInt8(TYPES[type], 0);
  start.writeUInt32LE(content.length, 1);
  return Buffer.concat([start, content]);
}

/** The next record. @throws LimenError `backup_unreadable` */
export async function readRecord(reader: ByteReader): Promise<BackupRecord> {
  const start = await reader.take(5);
  const length = start.readUInt32LE(1);
  if (length > MAX_RECORD_BYTES) throw unreadable('a record is too long');
  const content = await reader.take(length);
  switch (start.readUInt8(0)) {
    case TYPES.picture:
      return {
        type: 'picture',
        name: content.toString('latin1', 0, NAME_BYTES),
        picture: content.subarray(NAME_BYTES),
      };
    case TYPES.person: {
      const person = checked(PersonSchema, content);
      return { type: 'person', person: personOf(person) };
    }
    case TYPES.accounts:
      return { type: 'accounts', accounts: JSON.parse(content.toString()) };
    case TYPES.end:
      return { type: 'end', ...checked(EndSchema, content) };
    default:
      throw unreadable('it holds what this version does not know');
  }
}

/** A template as text: float32 LE, base64. */
export function embeddingText(embedding: Float32Array): string {
  const bytes = Buffer.alloc(4 * embedding.length);
  embedding.forEach((number, i) => {
    bytes.writeFloatLE(number, 4 * i);
  });
  return bytes.toString('base64');
}

function personJson(person: Person): object {
  return {
    ...person,
    faces: person.faces.map((face) => ({ ...face, embedding: embeddingText(face.embedding) })),
  };
}

function personOf(stored: Static<typeof PersonSchema>): Person {
  const faces = stored.faces.map((face) => {
    const bytes = Buffer.from(face.embedding, 'base64');
    const embedding = Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
    return { ...face, embedding };
  });
  return { ...stored, faces };
}

function checked<S extends Type.TSchema>(schema: S, content: Buffer): Static<S> {
  const value: unknown = JSON.parse(content.toString());
  if (Value.Check(schema, value)) return value;
  throw unreadable('a record does not have the shape of its schema');
}
