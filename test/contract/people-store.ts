import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { PeopleChange, PeopleStore } from '../../src/core/ports/store.ts';
import { person } from '../drivers/store/fixtures.ts';

export interface OpenedPeople {
  readonly store: PeopleStore;
  /** Closes and opens again; absent where nothing outlives the process. */
  reopen?(): Promise<PeopleStore>;
}

/** What every `PeopleStore` does. */
export function peopleStoreSuite(backend: string, open: (t: TestContext) => Promise<OpenedPeople>): void {
  test(`${backend}: a person comes back as put, embeddings bit for bit`, async (t) => {
    const { store, reopen } = await open(t);
    const [face] = person('ann').faces;
    assert.ok(face);
    const odd = new Float32Array([0, -0, Number.NaN, Number.POSITIVE_INFINITY, 1e-45, 0.1]);
    const ann = {
      ...person('ann', { gallery: 'Häuser/1' }),
      validFrom: '2026-01-01T00:00:00+01:00',
      faces: [face, { ...face, faceId: '2', embedding: odd }],
    };
    await store.put(ann);
    assert.deepEqual(await store.get(ann), ann);
    assert.deepEqual(await store.get({ gallery: 'Häuser', id: '1/ann' }), undefined);
    if (reopen) assert.deepEqual(await (await reopen()).get(ann), ann);
  });

  test(`${backend}: what the caller does with its arrays afterwards changes nothing`, async (t) => {
    const { store } = await open(t);
    const ann = person('ann');
    await store.put(ann);
    ann.faces[0]?.embedding.fill(0);
    assert.deepEqual(await store.get(ann), person('ann'));
  });

  test(`${backend}: lists in order of creation, one gallery or all, also after changes`, async (t) => {
    const { store, reopen } = await open(t);
    for (const id of ['c', 'a', 'b']) await store.put(person(id));
    await store.put(person('d', { gallery: 'staff' }));
    await store.put({ ...person('c'), name: 'Other' });
    await store.remove(person('a'));
    await store.put(person('a'));
    const ids = async (from: PeopleStore, gallery?: string) => (await from.list(gallery)).map(({ id }) => id);
    assert.deepEqual(await ids(store), ['c', 'b', 'd', 'a']);
    assert.deepEqual(await ids(store, 'default'), ['c', 'b', 'a']);
    assert.deepEqual(await ids(store, 'nobody'), []);
    if (reopen) assert.deepEqual(await ids(await reopen()), ['c', 'b', 'd', 'a']);
  });

  test(`${backend}: create leaves an existing person alone`, async (t) => {
    const { store } = await open(t);
    assert.equal(await store.create(person('ann')), true);
    assert.equal(await store.create({ ...person('ann'), name: 'Other' }), false);
    assert.deepEqual(await store.get(person('ann')), person('ann'));
  });

  test(`${backend}: of concurrent creates of one person exactly one succeeds`, async (t) => {
    const { store } = await open(t);
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, i) => store.create({ ...person('ann'), name: `Caller ${i}` })),
    );
    assert.deepEqual(results.indexOf(true), results.lastIndexOf(true));
    assert.deepEqual((await store.get(person('ann')))?.name, `Caller ${results.indexOf(true)}`);
  });

  test(`${backend}: remove and clear say what there was`, async (t) => {
    const { store, reopen } = await open(t);
    for (const id of ['a', 'b', 'c', 'd']) await store.put(person(id));
    assert.equal(await store.remove(person('nobody')), false);
    const twice = await Promise.all([
      store.remove(person('a')),
      store.remove(person('a')),
      store.remove(person('b')),
    ]);
    assert.deepEqual(twice, [true, false, true]);
    assert.deepEqual(
      (await store.list()).map(({ id }) => id),
      ['c', 'd'],
    );
    assert.equal(await store.clear(), 2);
    assert.equal(await store.clear(), 0);
    if (reopen) assert.deepEqual(await (await reopen()).list(), []);
  });

  test(`${backend}: the change feed tells every change once, in order, when it is readable`, async (t) => {
    const { store } = await open(t);
    const seen: string[] = [];
    const readable: Promise<unknown>[] = [];
    const unsubscribe = store.subscribe((change: PeopleChange) => {
      seen.push(change.kind === 'cleared' ? 'cleared' : `${change.kind} ${change.person.id}`);
      if (change.kind === 'put') readable.push(store.get(change.person).then((found) => assert.ok(found)));
    });
    await Promise.all([store.put(person('a')), store.create(person('b')), store.create(person('a'))]);
    await store.put({ ...person('a'), enabled: false });
    await store.remove(person('b'));
    await store.remove(person('b'));
    await store.clear();
    unsubscribe();
    await store.put(person('c'));
    await Promise.all(readable);
    assert.deepEqual(seen, ['put a', 'put b', 'put a', 'removed b', 'cleared']);
  });

  test(`${backend}: concurrent changes of one person end as the last one said`, async (t) => {
    const { store, reopen } = await open(t);
    const writes = Array.from({ length: 30 }, (_, i) => store.put({ ...person('ann'), name: `Name ${i}` }));
    await Promise.all(writes);
    assert.equal((await store.get(person('ann')))?.name, 'Name 29');
    if (reopen) assert.equal((await (await reopen()).get(person('ann')))?.name, 'Name 29');
  });
}
