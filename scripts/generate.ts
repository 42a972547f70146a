// Writes what is generated from src/: config/example.yaml, config/schema.json, and the tables between markers in
// README.md and docs/. With --check nothing is written, and a file that would change is an error.
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { INPUT_SCHEMA, jsonSchema } from '../src/config/schema.ts';
import { configTable, errorTable, exampleYaml, replaceBetween } from './generated-text.ts';

const ROOT = resolve(import.meta.dirname, '..');
const check = process.argv.includes('--check');

function current(file: string): string | undefined {
  try {
    return readFileSync(resolve(ROOT, file), 'utf8');
  } catch {
    return undefined;
  }
}

const files: [file: string, text: string][] = [
  ['config/example.yaml', exampleYaml(INPUT_SCHEMA)],
  ['config/schema.json', `${JSON.stringify(jsonSchema(), null, 2)}\n`],
];
for (const file of ['README.md', 'docs/errors.md']) {
  const text = current(file) ?? '';
  const tables = replaceBetween(text, 'config', configTable(INPUT_SCHEMA));
  files.push([file, replaceBetween(tables, 'errors', errorTable())]);
}

const changed = files.filter(([file, text]) => current(file) !== text);
for (const [file, text] of changed) {
  if (!check) writeFileSync(resolve(ROOT, file), text);
  process.stderr.write(`${check ? 'out of date' : 'written'}: ${file}\n`);
}
if (check && changed.length > 0) {
  process.stderr.write('what to do: node --import tsx scripts/generate.ts, and commit the result\n');
  process.exitCode = 1;
}
