import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { DocumentStore } from '../../src/core/ports/store.ts';

export interface Tally {
  readonly counts: Readonly<Record<string, number>>;
}

export interface OpenedDocument {
  readonly document: DocumentStore<Tally>;
  reopen?(): Promise<DocumentStore<Tally>>;
}

/** What every `DocumentStore` does. */
export function documentStoreSuite(backend: string, open: (t: TestContext) => Promise<OpenedDocument>): void {
  const count = (name: string) => (value: Tally) => ({
    counts: { ...value.counts, [name]: (value.counts[name] ?? 0) + 1 },
  });

  test(`${backend}: begins with the initial value and shows each update`, async (t) => {
    const { document, reopen } = await open(t);
    assert.deepEqual(document.value, { counts: {} });
    assert.deepEqual(await document.update(count('ä')), { counts: { ä: 1 } });
    assert.deepEqual(document.value, { counts: { ä: 1 } });
    if (reopen) assert.deepEqual((await reopen()).value, { counts: { ä: 1 } });
  });

  test(`${backend}: concurrent updates all count`, async (t) => {
    const { document, reopen } = await open(t);
    await Promise.all(Array.from({ length: 20 }, () => document.update(count('n'))));
    assert.equal(document.value.counts.n, 20);
    if (reopen) assert.equal((await reopen()).value.counts.n, 20);
  });

  test(`${backend}: a change that throws changes nothing and stops no other`, async (t) => {
    const { document } = await open(t);
    const refusing = document.update(() => {
      throw new RangeError('no');
    });
    const next = document.update(count('n'));
    await assert.rejects(refusing, RangeError);
    assert.deepEqual(await next, { counts: { n: 1 } });
  });

  test(`${backend}: an update to the same value is nothing`, async (t) => {
    const { document } = await open(t);
    const before = await document.update(count('n'));
    assert.equal(await document.update((value) => value), before);
  });
}
