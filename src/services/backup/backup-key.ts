import { hkdfSync, randomBytes, scrypt } from 'node:crypto';
import Type, { type Static } from 'typebox';
import { LimenError } from '../../core/errors.ts';
import type { StoreSecret } from '../../core/ports/secret.ts';

/** 128 MiB and about half a second; OWASP Password Storage Cheat Sheet, scrypt's first choice. */
const COST = { N: 2 ** 17, r: 8, p: 1 } as const;
const SALT_BYTES = 32;
const KEY_BYTES = 32;
export const MIN_PASSPHRASE = 8;
const PURPOSE = 'backup';

/** How a backup is locked, as its header says. What is beyond the bounds is not one of ours. */
export const LockSchema = Type.Union([
  Type.Object({
    by: Type.Literal('passphrase'),
    salt: Type.String(),
    N: Type.Integer({ minimum: 2 ** 14, maximum: 2 ** 18 }),
    r: Type.Integer({ minimum: 1, maximum: 16 }),
    p: Type.Integer({ minimum: 1, maximum: 4 }),
  }),
  Type.Object({ by: Type.Literal('store_key'), salt: Type.String(), keyId: Type.String() }),
]);
export type Lock = Readonly<Static<typeof LockSchema>>;

export interface LockedKey {
  readonly lock: Lock;
  /** For one file only: the salt is new each time. */
  readonly key: Uint8Array;
}

/** A key for a new backup: from the passphrase, else from the store key. @throws LimenError `bad_request` | `store_key_missing` */
export async function newBackupKey(
  passphrase: string | undefined,
  secret: StoreSecret,
  cost: { N: number; r: number; p: number } = COST,
): Promise<LockedKey> {
  const salt = randomBytes(SALT_BYTES);
  const text = salt.toString('base64');
  if (passphrase === undefined) {
    const { keyId, key } = secret.derive(PURPOSE, salt);
    return { lock: { by: 'store_key', salt: text, keyId }, key };
  }
  if ([...passphrase].length < MIN_PASSPHRASE) {
    throw new LimenError('bad_request', `a passphrase has at least ${MIN_PASSPHRASE} characters`);
  }
  const lock: Lock = { by: 'passphrase', salt: text, ...cost };
  return { lock, key: await fromPassphrase(passphrase, lock) };
}

/** The key of an existing backup. @throws LimenError `bad_request` | `store_key_missing` | `store_key_wrong` */
export async function backupKey(
  lock: Lock,
  passphrase: string | undefined,
  secret: StoreSecret,
): Promise<Uint8Array> {
  if (lock.by === 'store_key')
    return secret.deriveFrom(lock.keyId, PURPOSE, Buffer.from(lock.salt, 'base64'));
  if (passphrase !== undefined) return fromPassphrase(passphrase, lock);
  throw new LimenError('bad_request', 'this backup was made with a passphrase, and none was given');
}

function fromPassphrase(passphrase: string, lock: Lock & { by: 'passphrase' }): Promise<Uint8Array> {
  const { N, r, p } = lock;
  const salt = Buffer.from(lock.salt, 'base64');
  return new Promise((resolve, reject) => {
    // twice what scrypt needs by its definition
    const options = { N, r, p, maxmem: 256 * N * r };
    scrypt(passphrase.normalize('NFC'), salt, KEY_BYTES, options, (error, key) => {
      if (error) reject(error);
      else resolve(Buffer.from(hkdfSync('sha256', key, salt, `limen ${PURPOSE}`, KEY_BYTES)));
    });
  });
}
