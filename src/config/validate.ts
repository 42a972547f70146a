import type { TLocalizedValidationError } from 'typebox/error';
import { Errors } from 'typebox/schema';
import { nearest } from '../core/nearest.ts';
import { childSchema, type KeySchema } from './key.ts';
import { type ConfigProblem, formatPath } from './problem.ts';

export interface KeyProblem extends ConfigProblem {
  /** Whether the key itself is wrong, or its value. */
  readonly at: 'key' | 'value';
}

/** Everything in `value` that `schema` does not allow, at most one problem a key. */
export function validate(schema: KeySchema, value: unknown): KeyProblem[] {
  const [, errors] = Errors(schema, value);
  const found = new Map<string, KeyProblem>();
  for (const error of errors) {
    for (const problem of translate(schema, value, error)) {
      const key = JSON.stringify(problem.path);
      if (!found.has(key)) found.set(key, problem);
    }
  }
  return [...found.values()];
}

function translate(root: KeySchema, value: unknown, error: TLocalizedValidationError): KeyProblem[] {
  const path = error.instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  const schema = path.reduce<KeySchema | undefined>(childSchema, root);
  switch (error.keyword) {
    case 'boolean': // the parent reports it under `additionalProperties`, except for lists of fixed length
      return /additionalItems$/.test(error.schemaPath)
        ? [{ path: path.slice(0, -1), at: 'value', message: 'has too many elements' }]
        : [];
    case 'additionalProperties':
      return error.params.additionalProperties.map((key) => ({
        path: [...path, key],
        at: 'key',
        message: unknownKey(root, schema, path, key),
      }));
    case 'required':
      return error.params.requiredProperties.map((key) => ({
        path: [...path, key],
        at: 'value',
        message: 'is missing',
      }));
    default:
      return [{ path, at: 'value', message: valueMessage(schema, valueAt(value, path), error) }];
  }
}

function unknownKey(
  root: KeySchema,
  schema: KeySchema | undefined,
  path: readonly string[],
  key: string,
): string {
  const keys = Object.keys(schema?.properties ?? {});
  const near = nearest(key, keys);
  if (near !== undefined) return `unknown key; did you mean \`${formatPath([...path, near])}\`?`;
  const elsewhere = keyPaths(root, []).find((other) => other.at(-1) === key);
  if (elsewhere !== undefined) return `unknown key here; did you mean \`${formatPath(elsewhere)}\`?`;
  return `unknown key; ${path.length === 0 ? 'the file' : `\`${formatPath(path)}\``} takes ${keys.join(', ')}`;
}

function keyPaths(schema: KeySchema, path: readonly string[]): string[][] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, child]) => [
    [...path, key],
    ...keyPaths(child, [...path, key]),
  ]);
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, part) => (inner as Record<string, unknown> | undefined)?.[part], value);
}

const TYPES: Record<string, string> = {
  integer: 'a whole number',
  number: 'a number',
  string: 'text',
  boolean: '`true` or `false`',
  array: 'a list (`[a, b]`)',
  object: 'a section with keys of its own',
};

function range(schema: KeySchema): string {
  const unit = schema.unit === undefined ? '' : ` ${schema.unit}`;
  return `${schema.minimum ?? '…'} … ${schema.maximum ?? '…'}${unit}`;
}

function valueMessage(
  schema: KeySchema | undefined,
  value: unknown,
  error: TLocalizedValidationError,
): string {
  const shown = schema?.secret ? 'the value (not shown)' : `\`${brief(value)}\``;
  switch (error.keyword) {
    case 'type':
      return `${shown} is not ${TYPES[schema?.type ?? ''] ?? 'of the right type'}`;
    case 'enum': {
      const near = nearest(String(value), (schema?.enum ?? []).map(String));
      const hint = near === undefined ? '' : `; did you mean \`${near}\`?`;
      return `${shown} is none of ${schema?.enum?.join(', ')}${hint}`;
    }
    case 'minimum':
    case 'maximum':
      return `${shown} is not within ${range(schema ?? {})}`;
    case 'pattern':
      return `${shown} is not ${schema?.form ?? 'of the right form'}`;
    case 'minLength':
      return 'must not be empty';
    case 'minItems':
      return `needs at least ${error.params.limit} element${error.params.limit === 1 ? '' : 's'}`;
    case 'maxLength':
      return `is longer than ${error.params.limit} characters`;
    default:
      return `${shown} ${error.message}`;
  }
}

function brief(value: unknown): string {
  const text = typeof value !== 'object' ? String(value) : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
