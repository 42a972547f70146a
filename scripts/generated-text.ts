// What is generated from the schema of the configuration and the table of errors. Pure: text in, text out.
import type openWabt from 'wabt';
import { stringify } from 'yaml';
import type { KeySchema } from '../src/config/key.ts';
import { ERRORS } from '../src/core/errors.ts';

const WIDTH = 100;

/** `config/example.yaml`: every key with its default, explained; loading it gives the defaults. */
export function exampleYaml(schema: KeySchema): string {
  const head = [
    '# The configuration of Limen. Every key is shown with its default; a line that is commented out has none.',
    '# Generated from src/config by `node --import tsx scripts/generate.ts`.',
  ];
  return `${[...head, ...section(schema, '')].join('\n')}\n`;
}

function section(schema: KeySchema, indent: string): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, child]) => [
    ...(indent === '' ? [''] : []),
    ...comment(sentence(child), indent),
    ...(child.type === 'object'
      ? [`${indent}${key}:`, ...section(child, `${indent}  `)]
      : value(key, child, indent)),
  ]);
}

function value(key: string, schema: KeySchema, indent: string): string[] {
  const shown = schema.default ?? schema.example;
  const lines = written(key, shown).map((line) => indent + line);
  if (schema.default === undefined) return lines.map((line) => line.replace(indent, `${indent}# `));
  const example = Array.isArray(schema.default) && schema.default.length === 0 ? schema.example : undefined;
  return example === undefined ? lines : [...value(key, { example }, indent), ...lines];
}

/** Short lists on one line, lists of sections in block style. */
function written(key: string, shown: unknown): string[] {
  const nested = Array.isArray(shown) && shown.some((item) => typeof item === 'object');
  const text = nested
    ? stringify({ [key]: shown }, { lineWidth: 0 })
    : `${key}: ${stringify(shown, { collectionStyle: 'flow', flowCollectionPadding: false, lineWidth: 0 })}`;
  return text.trimEnd().split('\n');
}

function sentence(schema: KeySchema): string {
  const details = [
    ...(schema.enum === undefined ? [] : [schema.enum.join(', ')]),
    ...(schema.minimum === undefined || schema.maximum === undefined ? [] : [range(schema)]),
    ...(schema.unset === undefined ? [] : [`unset: ${schema.unset}`]),
  ];
  return `${schema.description ?? ''}${details.length === 0 ? '' : ` (${details.join('; ')})`}`;
}

function range({ minimum, maximum, unit }: KeySchema): string {
  return `${minimum} … ${maximum}${unit === undefined ? '' : ` ${unit}`}`;
}

function comment(text: string, indent: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < WIDTH) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`${indent}# ${word}`);
  }
  return lines;
}

/** Table of every key, for docs/configuration.md. */
export function configTable(schema: KeySchema): string {
  return ['| key | default | what it is |', '| --- | --- | --- |', ...rows(schema, '')].join('\n');
}

function rows(schema: KeySchema, prefix: string): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, child]) => {
    const path = `${prefix}${key}`;
    if (child.type === 'object') return rows(child, `${path}.`);
    const fallback = child.default === undefined ? (child.unset ?? '–') : code(JSON.stringify(child.default));
    const detail = child.minimum === undefined ? child.enum?.join(', ') : range(child);
    const what = `${child.description ?? ''}${detail === undefined ? '' : ` (${detail})`}`;
    return [`| ${code(path)} | ${fallback} | ${what.replaceAll('|', '\\|')} |`];
  });
}

/** Table of every error, for docs/errors.md. */
export function errorTable(): string {
  const lines = Object.entries(ERRORS).map(
    ([name, { retryable, advice }]) =>
      `| ${code(name)} | ${advice}${retryable ? ' Limen also tries again.' : ''} |`,
  );
  return ['| error | what to do |', '| --- | --- |', ...lines].join('\n');
}

const code = (text: string) => `\`${text.replace(/^"|"$/g, '')}\``;

/** `text` with what stands between `<!-- name:begin -->` and `<!-- name:end -->` replaced; unchanged without them. */
export function replaceBetween(text: string, name: string, table: string): string {
  const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) return text;
  return `${text.slice(0, from + begin.length)}\n${table}\n${text.slice(to)}`;
}

/**
 * A module that exports the assembled WebAssembly text of `src/vision/NAME.wat`, in base64.
 * @throws Error naming the line that is wrong
 */
export function assembled(wabt: Awaited<ReturnType<typeof openWabt>>, name: string, text: string): string {
  const module = wabt.parseWat(`src/vision/${name}.wat`, text, { simd: true });
  const { buffer } = module.toBinary({});
  module.destroy();
  return `${[
    `/** \`${name}.wat\`, assembled by \`node --import tsx scripts/generate.ts\`; base64. */`,
    `export const ${name.replace('-', '_').toUpperCase()} =`,
    `  '${Buffer.from(buffer).toString('base64')}';`,
  ].join('\n')}\n`;
}
