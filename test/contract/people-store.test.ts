import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { MemoryPeople } from '../../src/drivers/store/memory-people.ts';
import { PeopleLog } from '../../src/drivers/store/people-log.ts';
import { PeopleVault } from '../../src/drivers/store/people-vault.ts';
import { silentLog } from '../../src/runtime/logger.ts';
import { scratch } from '../fixtures/scratch.ts';
import { peopleStoreSuite } from './people-store.ts';

peopleStoreSuite('memory', async () => ({ store: new MemoryPeople() }));

const DISKS: Record<string, (directory: string) => PeopleLog | PeopleVault> = {
  'people log': (directory) => new PeopleLog({ path: join(directory, 'people.log'), log: silentLog }),
  'people vault': (stateDir) => new PeopleVault({ stateDir, log: silentLog }),
};

for (const [backend, make] of Object.entries(DISKS)) {
  peopleStoreSuite(backend, async (t: TestContext) => {
    const directory = scratch();
    let store = make(directory);
    await store.start();
    t.after(() => store.stop());
    return {
      store,
      async reopen() {
        await store.stop();
        store = make(directory);
        await store.start();
        return store;
      },
    };
  });
}
