import type { TObjectOptions, TProperties, TSchema } from 'typebox';
import Type from 'typebox';

/** What a key's schema says besides JSON Schema's own keywords. */
export interface KeyNotes {
  /** One sentence for the example, the README and editors. */
  readonly description: string;
  /** `live` keys are taken over while the daemon runs; the others need a restart. */
  readonly reload: 'live' | 'restart';
  /** For instance `ms`; keys with a unit also carry it in their name. */
  readonly unit?: string;
  /** May hold a credential: never shown in errors, redacted by `limen config print`. */
  readonly secret?: boolean;
  /** For patterns: what is expected, completing "… is not". */
  readonly form?: string;
  /** What is used when the key is not written and has no fixed default. */
  readonly unset?: string;
  /** Shown, commented out, in the example when there is no default. */
  readonly example?: unknown;
}

/** A mapping with these keys and no others. */
export function section<P extends TProperties>(
  properties: P,
  options: TObjectOptions & { description: string },
) {
  return Type.Object(properties, { ...options, additionalProperties: false });
}

/** A schema read as plain JSON Schema, with the notes. */
export interface KeySchema extends Partial<KeyNotes> {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly minItems?: number;
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, KeySchema>>;
  readonly required?: readonly string[];
  readonly items?: KeySchema | readonly KeySchema[];
}

export function keySchema(schema: TSchema): KeySchema {
  return schema as KeySchema;
}

/** The schema of the key or element `name` under `schema`. */
export function childSchema(schema: KeySchema | undefined, name: string): KeySchema | undefined {
  if (schema?.properties !== undefined) {
    return Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined;
  }
  const items = schema?.items;
  return Array.isArray(items)
    ? (items as readonly KeySchema[])[Number(name)]
    : (items as KeySchema | undefined);
}
