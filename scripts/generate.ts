// Writes what is generated from src/: config/example.yaml, config/schema.json, the schemas of docs/mqtt/, the tables
// between markers in docs/, and src/vision/row-*.ts from their WebAssembly text. With --check nothing is written, and a file that would change is an error.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import openWabt from 'wabt';
import { messageSchemas } from '../src/api/mqtt/message-schemas.ts';
import { INPUT_SCHEMA, jsonSchema } from '../src/config/schema.ts';
import { assembled, configTable, errorTable, exampleYaml, replaceBetween } from './generated-text.ts';

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
  ...Object.entries(messageSchemas()).map(([name, schema]): [string, string] => [
    `docs/mqtt/${name}.schema.json`,
    `${JSON.stringify(schema, null, 2)}\n`,
  ]),
];
const wabt = await openWabt();
for (const name of ['row-dots', 'row-mix']) {
  const text = current(`src/vision/${name}.wat`) ?? '';
  files.push([`src/vision/${name}.ts`, assembled(wabt, name, text)]);
}
const tables: [file: string, name: string, table: string][] = [
  ['docs/configuration.md', 'config', configTable(INPUT_SCHEMA)],
  ['docs/errors.md', 'errors', errorTable()],
];
for (const [file, name, table] of tables)
  files.push([file, replaceBetween(current(file) ?? '', name, table)]);

if (!check) mkdirSync(resolve(ROOT, 'docs/mqtt'), { recursive: true });
const changed = files.filter(([file, text]) => current(file) !== text);
for (const [file, text] of changed) {
  if (!check) writeFileSync(resolve(ROOT, file), text);
  process.stderr.write(`${check ? 'out of date' : 'written'}: ${file}\n`);
}
if (check && changed.length > 0) {
  process.stderr.write('what to do: node --import tsx scripts/generate.ts, and commit the result\n');
  process.exitCode = 1;
}
