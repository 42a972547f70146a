// Enrols `count` people into a state directory, encrypted, `parallel` at a time, printing one line per acknowledgement or refusal.
import { toLimenError } from '../../../../src/core/errors.ts';
import { PeopleVault } from '../../../../src/drivers/store/people-vault.ts';
import { silentLog } from '../../../../src/runtime/logger.ts';
import { person } from '../fixtures.ts';
import { say } from './say.ts';

const [stateDir, count, parallel] = process.argv.slice(2);
const people = new PeopleVault({ stateDir: stateDir as string, log: silentLog });
await people.start();
let next = 0;
const worker = async () => {
  while (next < Number(count)) {
    const id = `p${next++}`;
    try {
      await people.create(person(id));
      await say(`ack ${id}`);
    } catch (cause) {
      await say(`refused ${id} ${toLimenError(cause).code}`);
    }
  }
};
await Promise.all(Array.from({ length: Number(parallel) }, worker));
