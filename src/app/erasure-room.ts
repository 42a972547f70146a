import { join } from 'node:path';
import type { Clock } from '../core/ports/clock.ts';
import type { Eraser } from '../core/ports/erasure.ts';
import type { Journal } from '../core/ports/journal.ts';
import type { Log } from '../core/ports/log.ts';
import type { DocumentStore, PeopleStore } from '../core/ports/store.ts';
import { DocumentFile } from '../drivers/store/documents.ts';
import type { Component } from '../runtime/component.ts';
import type { AccountsDocument } from '../services/accounts/account.ts';
import { Erasure } from '../services/erasure/erasure.ts';
import { type ErasuresDocument, parseErasures } from '../services/erasure/pending.ts';

export interface ErasureRoom {
  readonly eraser: Eraser;
  /** In order of start, after people, journal and accounts. */
  readonly components: readonly Component[];
}

/** Removals that reach the journal, and what of them is not finished. */
export function erasureRoom(parts: {
  stateDir: string;
  people: PeopleStore;
  accounts: DocumentStore<AccountsDocument>;
  journal: Journal;
  clock: Clock;
  log: Log;
}): ErasureRoom {
  const { stateDir, people, accounts, ...rest } = parts;
  const document = new DocumentFile<ErasuresDocument>({
    path: join(stateDir, 'erasures.json'),
    log: rest.log,
    name: 'erasures',
    schema: 1,
    initial: { pending: [] },
    parse: parseErasures,
  });
  const eraser = new Erasure({
    ...rest,
    document,
    exists: async (subject) => {
      const { accounts: known } = accounts.value;
      if (subject.kind === 'person') return (await people.get(subject.person)) !== undefined;
      if (subject.kind === 'account') return known.some(({ username }) => username === subject.person.id);
      return (await people.list()).length > 0;
    },
  });
  return { eraser, components: [document, eraser] };
}
