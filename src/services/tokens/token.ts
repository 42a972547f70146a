import { createHash, randomBytes } from 'node:crypto';
import Type, { type Static } from 'typebox';
import Value from 'typebox/value';
import { ROLES, type Role } from '../../core/role.ts';

/** So that a leaked one is recognised for what it is, in logs and by scanners. */
const PREFIX = 'limen_';
/** 256 bits: nothing to guess, hence a plain hash is enough. */
const SECRET_BYTES = 32;
const ID_BYTES = 6;
const MAX_NAME_LENGTH = 100;

const TokenSchema = Type.Object({
  id: Type.String({ minLength: 1 }),
  name: Type.String({ minLength: 1 }),
  role: Type.Enum([...ROLES]),
  /** RFC 3339 UTC. */
  createdAt: Type.String(),
  /** RFC 3339; from it on the token is worth nothing. */
  expiresAt: Type.Optional(Type.String()),
  /** UTC day of the last use, `2030-01-01`; not the minute, so that calls do not write to the disk. */
  lastUsedOn: Type.Optional(Type.String()),
  /** SHA-256 of the whole token, hex. */
  sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
});

const DocumentSchema = Type.Object({ tokens: Type.Array(TokenSchema) });

export type Token = Readonly<Static<typeof TokenSchema>> & { readonly role: Role };

export interface TokensDocument {
  readonly tokens: readonly Token[];
}

/** What may be shown of a token. */
export type TokenView = Omit<Token, 'sha256'>;

/** The document as read from disk. @throws TypeError when it is none */
export function parseTokens(data: unknown): TokensDocument {
  if (Value.Check(DocumentSchema, data)) return data as TokensDocument;
  throw new TypeError('the tokens do not have the shape of their schema');
}

export function newSecret(): string {
  return PREFIX + randomBytes(SECRET_BYTES).toString('base64url');
}

export function newId(): string {
  return randomBytes(ID_BYTES).toString('hex');
}

export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

export function viewOf({ sha256: _, ...view }: Token): TokenView {
  return view;
}

/** Whether it is still worth something; an expiry that cannot be read has passed. */
export function inForce(token: Token, now: Date): boolean {
  return token.expiresAt === undefined || now.getTime() < Date.parse(token.expiresAt);
}

/** What is wrong with a name that came from outside, or undefined. */
export function checkName(name: string): string | undefined {
  if (name.trim() === '') return 'the name is empty';
  if (name.length > MAX_NAME_LENGTH) return `the name is longer than ${MAX_NAME_LENGTH} characters`;
  return /[\p{Cc}\p{Cs}]/u.test(name) ? 'the name holds a control character or a broken one' : undefined;
}
