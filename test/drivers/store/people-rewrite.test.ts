import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Person } from '../../../src/core/person.ts';
import { newStoreKey } from '../../../src/drivers/store/keys/store-key.ts';
import { PeopleLog } from '../../../src/drivers/store/people-log.ts';
import { SealedPersonCodec } from '../../../src/drivers/store/sealed-person-codec.ts';
import { silentLog } from '../../../src/runtime/logger.ts';
import { scratch } from '../../fixtures/scratch.ts';
import { person } from './fixtures.ts';

/** A sealed log, and how many records were sealed so far; `forget` makes every record so far one of an earlier key. */
async function sealedLog() {
  const key = newStoreKey();
  const path = join(scratch(), 'people.log');
  const sealed = new SealedPersonCodec({ current: key, find: () => key });
  const counts = { sealed: 0 };
  let isCurrent = (payload: Uint8Array) => sealed.isCurrent(payload);
  const codec = {
    encode(each: Person) {
      counts.sealed++;
      return sealed.encode(each);
    },
    decode: (payload: Uint8Array) => sealed.decode(payload),
    isCurrent: (payload: Uint8Array) => isCurrent(payload),
  };
  const open = async () => {
    const people = new PeopleLog({ path, log: silentLog, codec });
    await people.start();
    return people;
  };
  const forget = () => {
    isCurrent = () => false;
  };
  return { path, counts, open, forget };
}

/** That the log holds `expected`, in memory and when it is read again; closes it. */
async function assertHolds(people: PeopleLog, open: () => Promise<PeopleLog>, expected: readonly Person[]) {
  assert.deepEqual(await people.list(), expected);
  await people.stop();
  const again = await open();
  assert.deepEqual(await again.list(), expected);
  await again.stop();
}

const ids = Array.from({ length: 300 }, (_, i) => `p${i}`);
const everybody = ids.map((id) => person(id, { length: 128 }));
const ref = (id: string) => ({ gallery: 'default', id });

test('a removal seals nobody anew: the records of the others are copied', async () => {
  const { counts, open } = await sealedLog();
  const people = await open();
  for (const each of everybody) await people.create(each);
  assert.equal(counts.sealed, 300);
  await people.remove(ref('p7'));
  await people.remove(ref('p299'));
  await people.update([ref('p8')], (each) => ({ ...each, name: 'Changed' }));
  assert.equal(counts.sealed, 301, 'one person was changed');
  const expected = everybody
    .filter(({ id }) => id !== 'p7' && id !== 'p299')
    .map((each) => (each.id === 'p8' ? { ...each, name: 'Changed' } : each));
  await assertHolds(people, open, expected);
});

test('a change of key seals everybody anew, and a removal those whose records are of an earlier key', async () => {
  const { counts, open, forget } = await sealedLog();
  const people = await open();
  for (const each of everybody) await people.create(each);
  await people.rewrite();
  assert.equal(counts.sealed, 600);
  forget();
  await people.remove(ref('p0'));
  assert.equal(counts.sealed, 899);
  await assertHolds(people, open, everybody.slice(1));
});

test('a record that was damaged on the disk meanwhile is written from memory', async () => {
  const { path, counts, open } = await sealedLog();
  const people = await open();
  for (const each of everybody) await people.create(each);
  const middle = Math.floor(readFileSync(path).length / 2);
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.from('damage'), 0, 6, middle);
  closeSync(file);
  await people.remove(ref('p299'));
  assert.ok(counts.sealed > 300 && counts.sealed <= 302, `${counts.sealed} sealed`);
  await assertHolds(people, open, everybody.slice(0, -1));
});

test('whatever is done in whatever order, the log reads again as it stands in memory', async () => {
  const id = fc.constantFrom('a', 'b', 'c', 'd', 'e');
  const step = fc.oneof(
    fc.record({ do: fc.constant('create' as const), id }),
    fc.record({ do: fc.constant('rename' as const), id, name: fc.string({ maxLength: 300 }) }),
    fc.record({ do: fc.constant('replaceFace' as const), id, seed: fc.integer({ min: 2, max: 9 }) }),
    fc.record({ do: fc.constant('remove' as const), id }),
    fc.record({ do: fc.constant('rewrite' as const) }),
    fc.record({ do: fc.constant('reopen' as const) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const { open } = await sealedLog();
      let people = await open();
      const model = new Map<string, Person>();
      for (const each of steps) {
        if (each.do === 'rewrite') await people.rewrite();
        else if (each.do === 'reopen') {
          await people.stop();
          people = await open();
        } else if (each.do === 'remove') {
          assert.equal(await people.remove(ref(each.id)), model.delete(each.id));
        } else if (each.do === 'create') {
          const made = person(each.id);
          if (await people.create(made)) model.set(each.id, made);
        } else {
          const before = model.get(each.id);
          if (before === undefined) continue;
          const after =
            each.do === 'rename'
              ? { ...before, name: each.name }
              : { ...before, faces: person(each.id, { seed: each.seed }).faces };
          await people.put(after);
          model.set(each.id, after);
        }
      }
      await assertHolds(people, open, [...model.values()]);
    }),
    { numRuns: 60 },
  );
});
