import { join } from 'node:path';
import { JournalLog } from '../../src/drivers/store/journal-log.ts';
import { MemoryJournal } from '../../src/drivers/store/memory-journal.ts';
import { silentLog } from '../../src/runtime/logger.ts';
import { scratch } from '../fixtures/scratch.ts';
import { journalSuite } from './journal.ts';

journalSuite('memory', async (_t, clock) => ({ journal: new MemoryJournal({ device: 'box', clock }) }));

for (const segmentBytes of [4 * 1024 * 1024, 4_500]) {
  journalSuite(`journal log, segments of ${segmentBytes} bytes`, async (t, clock) => {
    const directory = join(scratch(), 'journal');
    const start = async () => {
      const next = new JournalLog({
        directory,
        device: 'box',
        clock,
        log: silentLog,
        keepDays: 30,
        segmentBytes,
      });
      await next.start();
      return next;
    };
    let journal = await start();
    t.after(() => journal.stop());
    return {
      journal,
      async reopen() {
        await journal.stop();
        journal = await start();
        return journal;
      },
    };
  });
}
