// Updates a document and then removes a person, acknowledging each on standard output.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DocumentFile } from '../../../../src/drivers/store/documents.ts';
import { PeopleVault } from '../../../../src/drivers/store/people-vault.ts';
import { silentLog } from '../../../../src/runtime/logger.ts';
import { person } from '../fixtures.ts';
import { say } from './say.ts';

const directory = process.argv[2] as string;
const document = new DocumentFile<{ n: number }>({
  path: join(directory, 'n.json'),
  log: silentLog,
  name: 'n',
  schema: 1,
  initial: { n: 0 },
  parse: (data) => data as { n: number },
});
await document.start();
await document.update(() => ({ n: 1 }));
await say('ack document');
const people = new PeopleVault({ stateDir: directory, log: silentLog });
await people.start();
await people.put(person('ann'));
await say('ack put');
writeFileSync(join(directory, 'people.log.prev'), 'an older generation');
await people.remove(person('ann'));
await say('ack removal');
