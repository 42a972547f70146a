import type { FaceTemplate, Person, PersonRef } from '../../core/person.ts';
import { BOX_OVERHEAD_BYTES, DataKeys, HEAD_BYTES, openBox, sealBox } from './keys/data-keys.ts';
import type { KeyRing } from './keys/store-key.ts';
import {
  embeddingBytes,
  embeddingOf,
  type PersonCodec,
  personJson,
  plainPersonCodec,
  RECORD_TYPES,
  type StoredPerson,
} from './person-codec.ts';

const JSON_LENGTH_AT = 1 + HEAD_BYTES;
const JSON_AT = JSON_LENGTH_AT + 4;

/**
 * A person under AES-256-GCM: type u8, data key head, length of the first box u32 LE, that box, then one box a face.
 * The first box holds everything but the embeddings: names, ids and dates are as personal as templates, so nothing of
 * a person is legible in the file. Each embedding's box is bound to the person, the face and the model, so that a
 * template opens nowhere but where it was enrolled.
 */
export class SealedPersonCodec implements PersonCodec {
  readonly #keys: DataKeys;
  /** What was read so far; a log is plain or sealed as a whole, and a mixture is not ours. */
  #read: 'plain' | 'sealed' | undefined;

  constructor(ring: KeyRing) {
    this.#keys = new DataKeys(ring, 'people');
  }

  encode(person: Person): Uint8Array {
    this.#read = 'sealed'; // a log is rewritten as a whole, so whatever is read from now on was written here
    const { head, key } = this.#keys.forSealing(1 + person.faces.length);
    const prefix = Buffer.alloc(JSON_AT);
    prefix.writeUInt8(RECORD_TYPES.sealed, 0);
    head.copy(prefix, 1);
    const json = sealBox(key, personJson(person), PERSON);
    prefix.writeUInt32LE(json.length, JSON_LENGTH_AT);
    const boxes = person.faces.map((face) =>
      sealBox(key, embeddingBytes(face.embedding), boundTo(person, face)),
    );
    return Buffer.concat([prefix, json, ...boxes]);
  }

  decode(payload: Uint8Array): Person {
    const kind = payload[0] === RECORD_TYPES.plain ? 'plain' : 'sealed';
    this.#read ??= kind;
    if (this.#read !== kind) throw new Error('unencrypted records stand among encrypted ones');
    return kind === 'plain' ? plainPersonCodec.decode(payload) : this.#open(payload);
  }

  isCurrent(payload: Uint8Array): boolean {
    return payload[0] === RECORD_TYPES.sealed && this.#keys.isCurrent(payload.subarray(1, JSON_LENGTH_AT));
  }

  #open(payload: Uint8Array): Person {
    if (payload[0] !== RECORD_TYPES.sealed) throw new Error(`unknown record type ${payload[0]}`);
    if (payload.length < JSON_AT) throw new Error('the record is cut off');
    const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
    const { key } = this.#keys.forOpening(bytes.subarray(1, JSON_LENGTH_AT));
    let at = JSON_AT + bytes.readUInt32LE(JSON_LENGTH_AT);
    const stored = JSON.parse(openBox(key, bytes.subarray(JSON_AT, at), PERSON).toString()) as StoredPerson;
    const faces = stored.faces.map(({ length, ...face }) => {
      const box = bytes.subarray(at, at + 4 * length + BOX_OVERHEAD_BYTES);
      at += 4 * length + BOX_OVERHEAD_BYTES;
      return { ...face, embedding: embeddingOf(openBox(key, box, boundTo(stored, face))) };
    });
    if (at !== bytes.length) throw new Error('the record has another length than it says');
    return { ...stored, faces };
  }
}

const PERSON = Buffer.from('["person"]');

/** What a template is bound to; JSON, so that no two of them are the same text. */
function boundTo({ gallery, id }: PersonRef, { faceId, modelId }: Omit<FaceTemplate, 'embedding'>): Buffer {
  return Buffer.from(JSON.stringify(['template', gallery, id, faceId, modelId]));
}
