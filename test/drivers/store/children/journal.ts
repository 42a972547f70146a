// Appends `count` events in segments of a few, printing each once it is on disk, then what is kept. With `mixed` only
// every third is a grant.
import { toLimenError } from '../../../../src/core/errors.ts';
import { JournalLog } from '../../../../src/drivers/store/journal-log.ts';
import { SystemClock } from '../../../../src/runtime/clock.ts';
import { silentLog } from '../../../../src/runtime/logger.ts';
import { say } from './say.ts';

const [directory, count, mixed] = process.argv.slice(2);
const journal = new JournalLog({
  directory: directory as string,
  device: 'box',
  clock: new SystemClock(),
  log: silentLog,
  keepDays: 30,
  segmentBytes: 4_700,
});
await journal.start();
for (let i = 0; i < Number(count); i++) {
  const { seq } = journal.append({ type: mixed && i % 3 > 0 ? 'face.unknown' : 'access.granted' });
  try {
    await journal.flush();
    await say(`ack ${seq}`);
  } catch (cause) {
    await say(`refused ${seq} ${toLimenError(cause).code}`);
  }
}
const kept = await journal.read(0, 1_000_000);
await say(`kept ${kept.map((event) => `${event.seq}:${event.type}`).join(' ')}`);
await journal.stop();
