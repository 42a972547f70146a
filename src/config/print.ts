import { stringify } from 'yaml';
import type { Config } from './config.ts';
import { childSchema, type KeySchema } from './key.ts';
import { INPUT_SCHEMA } from './schema.ts';

const HIDDEN = '***';

/** A URI with its password and any secret-looking parameter replaced; anything else that hides one entirely. */
export function redactUri(uri: string): string {
  if (!URL.canParse(uri)) return /[@=]/.test(uri) ? HIDDEN : uri;
  return uri
    .replace(/^([a-z][a-z0-9+.-]*:\/\/[^/?#]*?):[^/?#]*@/i, `$1:${HIDDEN}@`)
    .replace(/([?&](?:[^=&]*(?:pass|pwd|secret|token|key)[^=&]*)=)[^&#]*/gi, `$1${HIDDEN}`);
}

function redact(schema: KeySchema | undefined, value: unknown): unknown {
  if (typeof value === 'string') return schema?.secret ? redactUri(value) : value;
  if (Array.isArray(value)) return value.map((item, i) => redact(childSchema(schema, String(i)), item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, redact(childSchema(schema, key), inner)]),
  );
}

/** The configuration in force, as it would be written, without its secrets. */
export function printableConfig(config: Config): Record<string, unknown> {
  return redact(INPUT_SCHEMA, config) as Record<string, unknown>;
}

/** The same as YAML, which `loadConfig` reads again. */
export function configToYaml(config: Config): string {
  return stringify(printableConfig(config), { lineWidth: 0 });
}
