import { join } from 'node:path';
import { MemoryPeople } from '../../src/drivers/store/memory-people.ts';
import { PeopleLog } from '../../src/drivers/store/people-log.ts';
import { silentLog } from '../../src/runtime/logger.ts';
import { scratch } from '../drivers/store/fixtures.ts';
import { peopleStoreSuite } from './people-store.ts';

peopleStoreSuite('memory', async () => ({ store: new MemoryPeople() }));

peopleStoreSuite('people log', async (t) => {
  const path = join(scratch(t), 'people.log');
  let store = new PeopleLog({ path, log: silentLog });
  await store.start();
  t.after(() => store.stop());
  return {
    store,
    async reopen() {
      await store.stop();
      store = new PeopleLog({ path, log: silentLog });
      await store.start();
      return store;
    },
  };
});
