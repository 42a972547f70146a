import Type, { type Static } from 'typebox';
import Value from 'typebox/value';
import type { ErasureSubject } from '../../core/ports/erasure.ts';

const Ref = Type.Object({ gallery: Type.String(), id: Type.String() });

const PendingSchema = Type.Object({
  id: Type.String(),
  subject: Type.Union([
    Type.Object({ kind: Type.Union([Type.Literal('person'), Type.Literal('account')]), person: Ref }),
    Type.Object({ kind: Type.Literal('everybody') }),
  ]),
  /** From which the substitutes are made, base64; destroyed with the entry. */
  secret: Type.String(),
  /** Set once everything before the removal's own event is done: only that one is left, until it is delivered. */
  rest: Type.Optional(Type.Object({ afterSeq: Type.Integer(), upToSeq: Type.Integer() })),
});

/** An erasure that is not finished. */
export type Pending = Readonly<Omit<Static<typeof PendingSchema>, 'subject'>> & {
  readonly subject: ErasureSubject;
};

export interface ErasuresDocument {
  readonly pending: readonly Pending[];
}

const DocumentSchema = Type.Object({ pending: Type.Array(PendingSchema) });

/** The document as read from disk. @throws TypeError when it is none */
export function parseErasures(data: unknown): ErasuresDocument {
  if (Value.Check(DocumentSchema, data)) return data;
  throw new TypeError('the erasures do not have the shape of their schema');
}
