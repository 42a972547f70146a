// Runs node's test runner over test/**/*.test.ts, or over the files and folders given.
// Node 20 has no globs of its own for --test, and the loader must be named.
import { spawn } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const flags = process.argv.slice(2).filter((argument) => argument.startsWith('--'));
const files = (wanted.length > 0 ? wanted : ['test']).flatMap((path) =>
  statSync(path).isDirectory()
    ? readdirSync(path, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.test.ts'))
        .map((name) => join(path, name))
    : [path],
);
const child = spawn(
  process.execPath,
  [
    '--import',
    'tsx',
    '--test',
    '--test-timeout=900000', // what hangs ends; what is slow on a loaded machine does not
    `--test-concurrency=${availableParallelism()}`,
    ...flags,
    ...files.sort(),
  ],
  {
    stdio: 'inherit',
  },
);
child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
