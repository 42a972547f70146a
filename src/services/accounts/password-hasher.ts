import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

export interface ScryptCost {
  /** Iterations, a power of two. */
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/** 32 MiB and about a quarter of a second; of equal strength with N = 2^17, p = 1 (OWASP Password Storage Cheat Sheet). */
export const SCRYPT_COST: ScryptCost = { N: 2 ** 15, r: 8, p: 3 };
const SALT_BYTES = 16;
const KEY_BYTES = 32;

/** scrypt as `node:crypto` has it, for tests that count. */
export type Derive = (password: string, salt: Buffer, cost: ScryptCost) => Promise<Buffer>;

/** Turns passwords into what may be stored. */
export class PasswordHasher {
  readonly cost: ScryptCost;
  readonly #derive: Derive;
  /** Hashed against for names without an account, so that they take as long as the others. */
  readonly #decoySalt = newSalt();

  constructor(options: { cost?: ScryptCost; derive?: Derive } = {}) {
    this.cost = options.cost ?? SCRYPT_COST;
    this.#derive = options.derive ?? scryptKey;
  }

  /** Base64. The same characters typed on another system are the same password (NFC). */
  async hash(password: string, salt: string, cost: ScryptCost): Promise<string> {
    const key = await this.#derive(password.normalize('NFC'), Buffer.from(salt, 'base64'), cost);
    return key.toString('base64');
  }

  async hashForNobody(password: string): Promise<void> {
    await this.hash(password, this.#decoySalt, this.cost);
  }
}

export function newSalt(): string {
  return randomBytes(SALT_BYTES).toString('base64');
}

/** Compares in constant time; false when one is absent. */
export function sameHash(a: string, b: string | undefined): boolean {
  if (b === undefined) return false;
  const [left, right] = [Buffer.from(a, 'base64'), Buffer.from(b, 'base64')];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Crockford's base 32: no letter that is taken for another when read aloud. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** 80 random bits as four groups of four. */
export function newOneTimePassword(): string {
  const letters = [...randomBytes(16)].map((byte) => ALPHABET[byte % 32]).join('');
  return (letters.match(/.{4}/g) as string[]).join('-');
}

function scryptKey(password: string, salt: Buffer, { N, r, p }: ScryptCost): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // twice what scrypt needs by its definition
    const options = { N, r, p, maxmem: 256 * N * r };
    scrypt(password, salt, KEY_BYTES, options, (error, key) => (error ? reject(error) : resolve(key)));
  });
}
