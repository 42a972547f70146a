import { endianness } from 'node:os';
import type { FaceTemplate, Person } from '../../core/person.ts';

/**
 * How a person stands in a record of the people log. Encryption at rest is another codec around this one: it sees
 * the person's reference and the model ids, and nothing else writes templates.
 */
export interface PersonCodec {
  encode(person: Person): Uint8Array;
  /** `payload` is valid only during the call. @throws when the record is not a person */
  decode(payload: Uint8Array): Person;
}

const PERSON_RECORD = 1;
const PREFIX_BYTES = 5;
const BIG_ENDIAN = endianness() === 'BE';

type StoredFace = Omit<FaceTemplate, 'embedding'> & { readonly length: number };
type StoredPerson = Omit<Person, 'faces'> & { readonly faces: readonly StoredFace[] };

/** Record type u8, JSON length u32 LE, JSON without embeddings, then the embeddings as float32 LE in face order. */
export const plainPersonCodec: PersonCodec = {
  encode(person) {
    const faces = person.faces.map(({ embedding, ...face }) => ({ ...face, length: embedding.length }));
    const json = Buffer.from(JSON.stringify({ ...person, faces } satisfies StoredPerson));
    const numbers = faces.reduce((sum, face) => sum + face.length, 0);
    const payload = Buffer.allocUnsafe(PREFIX_BYTES + json.length + 4 * numbers);
    payload.writeUInt8(PERSON_RECORD, 0);
    payload.writeUInt32LE(json.length, 1);
    json.copy(payload, PREFIX_BYTES);
    let at = PREFIX_BYTES + json.length;
    for (const { embedding } of person.faces) {
      const bytes = payload.subarray(at, at + embedding.byteLength);
      bytes.set(new Uint8Array(embedding.buffer, embedding.byteOffset, embedding.byteLength));
      if (BIG_ENDIAN) bytes.swap32();
      at += embedding.byteLength;
    }
    return payload;
  },

  decode(payload) {
    const bytes = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    if (bytes.getUint8(0) !== PERSON_RECORD) throw new Error(`unknown record type ${bytes.getUint8(0)}`);
    const jsonEnd = PREFIX_BYTES + bytes.getUint32(1, true);
    const json = Buffer.from(payload.buffer, payload.byteOffset + PREFIX_BYTES, jsonEnd - PREFIX_BYTES);
    const stored = JSON.parse(json.toString()) as StoredPerson;
    let at = jsonEnd;
    const faces = stored.faces.map(({ length, ...face }) => {
      const embedding = new Float32Array(length);
      const target = Buffer.from(embedding.buffer);
      target.set(payload.subarray(at, at + target.length));
      if (BIG_ENDIAN) target.swap32();
      at += target.length;
      return { ...face, embedding };
    });
    if (at !== payload.byteLength) throw new Error('the record has another length than it says');
    return { ...stored, faces };
  },
};
