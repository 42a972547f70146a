import { endianness } from 'node:os';
import type { FaceTemplate, Person } from '../../core/person.ts';

/** How a person stands in a record of the people log. */
export interface PersonCodec {
  /** @throws LimenError `store_key_missing` */
  encode(person: Person): Uint8Array;
  /**
   * `payload` is valid only during the call.
   * @throws Error when the record is not a person; LimenError `store_key_missing` | `store_key_wrong`
   */
  decode(payload: Uint8Array): Person;
  /** Whether the record stands as `encode` writes now; the others are to be rewritten. */
  isCurrent(payload: Uint8Array): boolean;
}

/** First byte of every record. */
export const RECORD_TYPES = { plain: 1, sealed: 2 } as const;
const PREFIX_BYTES = 5;
const BIG_ENDIAN = endianness() === 'BE';

export type StoredFace = Omit<FaceTemplate, 'embedding'> & { readonly length: number };
export type StoredPerson = Omit<Person, 'faces'> & { readonly faces: readonly StoredFace[] };

/** The person without the embeddings, which follow in the order of the faces. */
export function personJson(person: Person): Buffer {
  const faces = person.faces.map(({ embedding, ...face }) => ({ ...face, length: embedding.length }));
  return Buffer.from(JSON.stringify({ ...person, faces } satisfies StoredPerson));
}

/** float32 LE. */
export function embeddingBytes(embedding: Float32Array): Buffer {
  const bytes = Buffer.from(
    new Uint8Array(embedding.buffer, embedding.byteOffset, embedding.byteLength).slice().buffer,
  );
  return BIG_ENDIAN ? bytes.swap32() : bytes;
}

/** @throws Error when `bytes` is not a number of float32 */
export function embeddingOf(bytes: Uint8Array): Float32Array {
  if (bytes.length % 4 !== 0) throw new Error('the embedding is cut off');
  const embedding = new Float32Array(bytes.length / 4);
  const target = Buffer.from(embedding.buffer);
  target.set(bytes);
  if (BIG_ENDIAN) target.swap32();
  return embedding;
}

/**
 * Unencrypted, as versions before 0.2 wrote: type u8, JSON length u32 LE, JSON without embeddings, then the
 * embeddings. Still read, and rewritten sealed at the first start.
 */
export const plainPersonCodec: PersonCodec = {
  encode(person) {
    const json = personJson(person);
    const prefix = Buffer.alloc(PREFIX_BYTES);
    prefix.writeUInt8(RECORD_TYPES.plain, 0);
    prefix.writeUInt32LE(json.length, 1);
    return Buffer.concat([prefix, json, ...person.faces.map(({ embedding }) => embeddingBytes(embedding))]);
  },

  decode(payload) {
    const bytes = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    if (bytes.getUint8(0) !== RECORD_TYPES.plain) throw new Error(`unknown record type ${bytes.getUint8(0)}`);
    const jsonEnd = PREFIX_BYTES + bytes.getUint32(1, true);
    const json = Buffer.from(payload.buffer, payload.byteOffset + PREFIX_BYTES, jsonEnd - PREFIX_BYTES);
    const stored = JSON.parse(json.toString()) as StoredPerson;
    let at = jsonEnd;
    const faces = stored.faces.map(({ length, ...face }) => {
      const embedding = embeddingOf(payload.subarray(at, at + 4 * length));
      at += 4 * length;
      return { ...face, embedding };
    });
    if (at !== payload.byteLength) throw new Error('the record has another length than it says');
    return { ...stored, faces };
  },

  isCurrent: () => true,
};
