import { hkdfSync, randomBytes } from 'node:crypto';
import { LimenError } from '../../../core/errors.ts';

/** AES-256. */
export const KEY_BYTES = 32;
export const KEY_ID_BYTES = 8;

/** The secret under which templates and kept pictures lie on disk. It leaves memory only for its own file. */
export interface StoreKey {
  /** Names the key without telling it: 16 hex digits, in every record sealed under it. */
  readonly id: string;
  readonly bytes: Uint8Array;
}

/** Keys that records may be sealed under. */
export interface KeyRing {
  /** What is sealed from now on. @throws LimenError `store_key_missing` */
  readonly current: StoreKey;
  /** @throws LimenError `store_key_missing` when there is no key at all, `store_key_wrong` when it is not this one */
  find(id: string): StoreKey;
}

export function newStoreKey(): StoreKey {
  return storeKey(randomBytes(KEY_BYTES));
}

/** Another key for another purpose, from which this one cannot be told (HKDF-SHA256, RFC 5869). */
export function deriveKey(key: Uint8Array, salt: Uint8Array, purpose: string, length = KEY_BYTES): Buffer {
  return Buffer.from(hkdfSync('sha256', key, salt, `limen ${purpose}`, length));
}

function storeKey(bytes: Uint8Array): StoreKey {
  const id = deriveKey(bytes, new Uint8Array(), 'store key id', KEY_ID_BYTES).toString('hex');
  return { id, bytes };
}

/** One line of base64 a key, the one in force first; a second is there only while the key is changed. */
export function formatKeys(keys: readonly StoreKey[]): string {
  return keys.map(({ bytes }) => `${Buffer.from(bytes).toString('base64')}\n`).join('');
}

/** @throws LimenError `store_key_unsafe`; the message holds nothing of the text */
export function parseKeys(text: string, source: string): readonly StoreKey[] {
  const lines = text.replace(/\n$/, '').split('\n');
  const keys = lines.map((line) => {
    const bytes = Buffer.from(line, 'base64');
    if (bytes.length === KEY_BYTES && bytes.toString('base64') === line) return storeKey(bytes);
    throw new LimenError(
      'store_key_unsafe',
      `${source} must hold ${KEY_BYTES} bytes as one line of base64; it has ${text.length} characters`,
    );
  });
  if (keys.length <= 2) return keys;
  throw new LimenError('store_key_unsafe', `${source} holds ${keys.length} keys; there are two at most`);
}
