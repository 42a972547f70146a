// Enrols two people, journals what they did in several segments, removes one of them and erases their traces, and dies
// at the n-th file operation of that.
import { join } from 'node:path';
import { person } from '../fixtures.ts';
import { arm, changes } from './die-at.ts';
import { say } from './say.ts';

// Only now: the store must import the counted functions.
const { PeopleVault } = await import('../../../../src/drivers/store/people-vault.ts');
const { JournalLog } = await import('../../../../src/drivers/store/journal-log.ts');
const { DocumentFile } = await import('../../../../src/drivers/store/documents.ts');
const { Erasure } = await import('../../../../src/services/erasure/erasure.ts');
const { parseErasures } = await import('../../../../src/services/erasure/pending.ts');
const { ManualClock } = await import('../../../../src/runtime/clock.ts');
const { silentLog: log } = await import('../../../../src/runtime/logger.ts');

const [stateDir = '', dieAt] = process.argv.slice(2);
const clock = new ManualClock({ synced: true });
const people = new PeopleVault({ stateDir, log });
const directory = join(stateDir, 'journal');
const journal = new JournalLog({ directory, device: 'box', clock, log, keepDays: 30, segmentBytes: 4_700 });
const document = new DocumentFile({
  path: join(stateDir, 'erasures.json'),
  log,
  name: 'erasures',
  schema: 1,
  initial: { pending: [] },
  parse: parseErasures,
});
const exists = async () => (await people.get(person('ann'))) !== undefined;
const erasure = new Erasure({ document, journal, exists, clock, log });
for (const part of [people, journal, document, erasure]) await part.start();
const [ann, bob] = [person('ann'), person('bob')];
if (journal.lastSeq === 0) {
  for (const each of [ann, bob]) await people.put(each);
  for (let i = 0; i < 12; i++) {
    journal.append({
      type: 'access.granted',
      person: { gallery: 'default', id: i % 2 === 0 ? 'ann' : 'bob' },
    });
    await journal.flush();
  }
}
arm(Number(dieAt));
await erasure.erase(
  { kind: 'person', person: { gallery: 'default', id: 'ann' } },
  () => people.remove(ann),
  () => ({ type: 'person.removed', person: { gallery: 'default', id: 'ann' } }),
);
await say(`acknowledged after ${changes()}`);
process.exit(0);
