// Pulls the pack given on standard input into the directory given, printing the bytes it has: to be killed by a test.
import { text } from 'node:stream/consumers';
import { pullPack } from '../../../../src/drivers/inference/packs/pull-pack.ts';
import { silentLog } from '../../../../src/runtime/logger.ts';

await pullPack(JSON.parse(await text(process.stdin)), {
  modelsDir: process.argv[2] as string,
  log: silentLog,
  onProgress: ({ doneBytes }) => process.stdout.write(`${doneBytes}\n`),
});
