import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { deriveKey, KEY_ID_BYTES, type KeyRing } from './store-key.ts';

const ALGORITHM = 'aes-256-gcm';
/** 96 random bits; at most 2^24 of them under one data key make a repetition less likely than 2^-49. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SALT_BYTES = 8;
const MESSAGES_PER_KEY = 2 ** 24;
/** Data keys of older records that are kept in memory; a start makes one, a rewrite brings all to the newest. */
const MAX_REMEMBERED = 1_000;

/** Store key id and salt, as they stand before what is sealed. */
export const HEAD_BYTES = KEY_ID_BYTES + SALT_BYTES;
/** What a box is longer than its content. */
export const BOX_OVERHEAD_BYTES = NONCE_BYTES + TAG_BYTES;

export interface DataKey {
  /** `HEAD_BYTES` that find the key again. */
  readonly head: Buffer;
  readonly key: Buffer;
}

/**
 * Keys for the data itself, derived from the store key: one a start and purpose, so that the number of messages under
 * one key stays far below what random nonces allow however often the store is rewritten.
 */
export class DataKeys {
  readonly #ring: KeyRing;
  readonly #purpose: string;
  readonly #known = new Map<string, DataKey>();
  #sealing: (DataKey & { readonly storeKeyId: string }) | undefined;
  #messages = 0;

  constructor(ring: KeyRing, purpose: string) {
    this.#ring = ring;
    this.#purpose = purpose;
  }

  /** The key for `messages` more boxes. @throws LimenError `store_key_missing` */
  forSealing(messages: number): DataKey {
    const { id } = this.#ring.current;
    this.#messages += messages;
    if (this.#sealing?.storeKeyId !== id || this.#messages > MESSAGES_PER_KEY) {
      const head = Buffer.concat([Buffer.from(id, 'hex'), randomBytes(SALT_BYTES)]);
      this.#sealing = { storeKeyId: id, ...this.#derive(head) };
      this.#messages = messages;
    }
    return this.#sealing;
  }

  /** The key that `head` names. @throws LimenError `store_key_missing` | `store_key_wrong` */
  forOpening(head: Uint8Array): DataKey {
    const name = Buffer.from(head).toString('latin1');
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const found = this.#derive(Buffer.from(head));
    if (this.#known.size >= MAX_REMEMBERED) this.#known.clear();
    this.#known.set(name, found);
    return found;
  }

  /** Whether what `head` stands before is sealed under the store key in force. */
  isCurrent(head: Uint8Array): boolean {
    return keyIdIn(head) === this.#ring.current.id;
  }

  #derive(head: Buffer): DataKey {
    const storeKey = this.#ring.find(keyIdIn(head));
    return { head, key: deriveKey(storeKey.bytes, head.subarray(KEY_ID_BYTES), this.#purpose) };
  }
}

function keyIdIn(head: Uint8Array): string {
  return Buffer.from(head.subarray(0, KEY_ID_BYTES)).toString('hex');
}

/** Nonce, ciphertext and tag. `bound` is authenticated with it and must be the same to open it. */
export function sealBox(key: Uint8Array, content: Uint8Array, bound: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(bound);
  const sealed = cipher.update(content);
  cipher.final();
  return Buffer.concat([nonce, sealed, cipher.getAuthTag()]);
}

/** @throws Error when it was sealed under another key, bound to something else, or damaged */
export function openBox(key: Uint8Array, box: Uint8Array, bound: Uint8Array): Buffer {
  if (box.length < BOX_OVERHEAD_BYTES) throw new Error('a sealed part is too short');
  const decipher = createDecipheriv(ALGORITHM, key, box.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(bound);
  decipher.setAuthTag(box.subarray(box.length - TAG_BYTES));
  const content = decipher.update(box.subarray(NONCE_BYTES, box.length - TAG_BYTES));
  try {
    decipher.final();
  } catch (cause) {
    throw new Error('a sealed part does not open: it was altered or belongs elsewhere', { cause });
  }
  return content;
}
