import { join } from 'node:path';
import { DocumentFile } from '../../src/drivers/store/documents.ts';
import { MemoryDocument } from '../../src/drivers/store/memory-document.ts';
import { silentLog } from '../../src/runtime/logger.ts';
import { scratch } from '../fixtures/scratch.ts';
import { documentStoreSuite, type Tally } from './document-store.ts';

documentStoreSuite('memory', async () => ({ document: new MemoryDocument<Tally>({ counts: {} }) }));

documentStoreSuite('document file', async () => {
  const path = join(scratch(), 'tally.json');
  const open = async () => {
    const document = new DocumentFile<Tally>({
      path,
      log: silentLog,
      name: 'tally',
      schema: 1,
      initial: { counts: {} },
      parse: (data) => data as Tally,
    });
    await document.start();
    return document;
  };
  return { document: await open(), reopen: open };
});
