import Type, { type Static } from 'typebox';
import Value from 'typebox/value';

const LockdownSchema = Type.Object({
  /** RFC 3339 UTC, by the wall clock at the time of the command. */
  until: Type.String(),
  /** As long as was commanded. */
  forMs: Type.Number({ exclusiveMinimum: 0 }),
});

const DocumentSchema = Type.Object({
  doors: Type.Array(Type.String()),
  /** Of the doors whose lockdown ends by itself. */
  terms: Type.Optional(Type.Record(Type.String(), LockdownSchema)),
});

export type Lockdown = Readonly<Static<typeof LockdownSchema>>;

/** Doors in lockdown by command: it outlives a restart, nothing else does. */
export interface LockdownDocument {
  readonly doors: readonly string[];
  readonly terms?: Readonly<Record<string, Lockdown>>;
}

/** A value read from disk. @throws TypeError when it is no such document */
export function parseLockdowns(value: unknown): LockdownDocument {
  if (!Value.Check(DocumentSchema, value))
    throw new TypeError('the lockdowns do not have the shape of their schema');
  const { doors, terms } = value;
  const unreadable = Object.values(terms ?? {}).some(({ until }) => Number.isNaN(Date.parse(until)));
  if (unreadable) throw new TypeError('a lockdown ends at no date and time');
  return terms === undefined ? { doors } : { doors, terms };
}
