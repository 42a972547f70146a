import type { KeySchema } from './key.ts';

/** `value` with the defaults of `schema` filled in, at every depth. Keys that the schema does not know are dropped. */
export function withDefaults(schema: KeySchema, value: unknown): unknown {
  if (value === undefined && schema.default !== undefined) return structuredClone(schema.default);
  if (schema.properties !== undefined) {
    const given = (value ?? {}) as Record<string, unknown>;
    return Object.fromEntries(
      Object.entries(schema.properties)
        .map(([key, child]) => [key, withDefaults(child, given[key])] as const)
        .filter(([, inner]) => inner !== undefined),
    );
  }
  if (Array.isArray(value) && schema.items !== undefined && !Array.isArray(schema.items)) {
    return value.map((item) => withDefaults(schema.items as KeySchema, item));
  }
  return value;
}

export type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

/** Freezes `value` and everything in it. */
export function deepFreeze<T>(value: T): DeepReadonly<T> {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value as DeepReadonly<T>;
}
