import Type, { type Static } from 'typebox';
import Value from 'typebox/value';

const Cost = Type.Object({
  N: Type.Integer({ minimum: 2 }),
  r: Type.Integer({ minimum: 1 }),
  p: Type.Integer({ minimum: 1 }),
});

const AccountSchema = Type.Object({
  username: Type.String({ minLength: 1 }),
  email: Type.String(),
  /** RFC 3339 UTC. */
  createdAt: Type.String(),
  /** Of every hash below: one computation then answers for all of them. Base64. */
  salt: Type.String(),
  cost: Cost,
  /** Absent once a one-time password has been used: only a new password opens the account again. Base64. */
  hash: Type.Optional(Type.String()),
  oneTime: Type.Optional(Type.Object({ hash: Type.String(), issuedAt: Type.String() })),
  /** When one-time passwords were asked for within the last hour. RFC 3339 UTC. */
  resetsAt: Type.Array(Type.String()),
});

const DocumentSchema = Type.Object({ accounts: Type.Array(AccountSchema) });

/** Somebody who may log in with dialect D. Not a person until it has a face. */
export type Account = Readonly<Omit<Static<typeof AccountSchema>, 'resetsAt'>> & {
  readonly resetsAt: readonly string[];
};

export interface AccountsDocument {
  readonly accounts: readonly Account[];
}

/** The document as read from disk. @throws TypeError when it is none */
export function parseAccounts(data: unknown): AccountsDocument {
  if (Value.Check(DocumentSchema, data)) return data;
  throw new TypeError('the accounts do not have the shape of their schema');
}

/** Longest address, RFC 5321 section 4.5.3.1.3 less the angle brackets. */
const MAX_EMAIL_LENGTH = 254;

/** One `@` between two parts, and nothing in them that could become a second address or a header line. */
export function isEmail(text: string): boolean {
  return text.length <= MAX_EMAIL_LENGTH && /^[^\s@<>(),;:"\\\p{Cc}]+@[^\s@<>(),;:"\\\p{Cc}]+$/u.test(text);
}

/** The document with one account as `change` gives it; the same one when that is no change. */
export function changedAccount(
  value: AccountsDocument,
  username: string,
  change: (account: Account) => Account,
): AccountsDocument {
  const accounts = value.accounts.map((account) =>
    account.username === username ? change(account) : account,
  );
  return accounts.every((account, i) => account === value.accounts[i]) ? value : { accounts };
}

/** Those of `before`, and those that came `since` under other names. */
export function joinedAccounts(before: readonly Account[], since: readonly Account[]): readonly Account[] {
  const names = new Set(before.map(({ username }) => username));
  return [...before, ...since.filter(({ username }) => !names.has(username))];
}
