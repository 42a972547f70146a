import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { LimenEvent } from '../../../src/core/events.ts';
import { DocumentFile } from '../../../src/drivers/store/documents.ts';
import { JournalLog } from '../../../src/drivers/store/journal-log.ts';
import { PeopleVault } from '../../../src/drivers/store/people-vault.ts';
import { ManualClock } from '../../../src/runtime/clock.ts';
import { silentLog } from '../../../src/runtime/logger.ts';
import { Erasure } from '../../../src/services/erasure/erasure.ts';
import { type ErasuresDocument, parseErasures } from '../../../src/services/erasure/pending.ts';
import { crashSteps, eachStep } from '../../drivers/store/crash-steps.ts';
import { person } from '../../drivers/store/fixtures.ts';
import { scratch } from '../../fixtures/scratch.ts';

const HOUR_MS = 3_600_000;
const ANN = { gallery: 'default', id: 'ann-with-a-long-name' };
const BOB = { gallery: 'default', id: 'bob' };

async function opened(t: TestContext, stateDir: string) {
  const clock = new ManualClock({ epoch: new Date('2026-03-01T12:00:00Z'), synced: true });
  const log = silentLog;
  const people = new PeopleVault({ stateDir, log });
  const directory = join(stateDir, 'journal');
  const journal = new JournalLog({ directory, device: 'box', clock, log, keepDays: 30, segmentBytes: 4_700 });
  const document = new DocumentFile<ErasuresDocument>({
    path: join(stateDir, 'erasures.json'),
    log,
    name: 'erasures',
    schema: 1,
    initial: { pending: [] },
    parse: parseErasures,
  });
  const exists = async (subject: { kind: string; person?: typeof ANN }) =>
    subject.kind === 'everybody'
      ? (await people.list()).length > 0
      : subject.person !== undefined && (await people.get(subject.person)) !== undefined;
  const erasure = new Erasure({ document, journal, exists, clock, log });
  const parts = [people, journal, document, erasure] as const;
  for (const part of parts) await part.start();
  const stop = async () => {
    for (const part of parts.toReversed()) await part.stop();
  };
  t.after(stop);
  return { people, journal, document, erasure, clock, stop };
}

/** Files below the state directory that hold the text. */
function filesWith(directory: string, text: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && readFileSync(join(entry.parentPath, entry.name)).includes(text))
    .map((entry) => entry.name);
}

const remove = (house: Awaited<ReturnType<typeof opened>>, ref: typeof ANN) =>
  house.erasure.erase(
    { kind: 'person', person: ref },
    () => house.people.remove(ref),
    (gone) => (gone ? { type: 'person.removed', person: ref, actor: 'test' } : undefined),
  );

test('a removal takes the name out of every journalled event; its own event follows once it is delivered', async (t) => {
  const directory = scratch();
  const house = await opened(t, directory);
  const { journal, people, clock } = house;
  for (const ref of [ANN, BOB]) await people.put({ ...person('x'), ...ref });
  journal.cursor('mqtt');
  const before: LimenEvent[] = [];
  for (let i = 0; i < 30; i++) {
    before.push(
      journal.append({ type: 'access.granted', door: 'front', person: i % 3 === 0 ? BOB : ANN, score: 0.7 }),
    );
    await journal.flush();
  }
  before.push(journal.append({ type: 'token.changed', person: ANN, reason: 'password_set', actor: 'test' }));
  assert.ok(filesWith(join(directory, 'journal'), ANN.id).length > 3);
  assert.equal(await remove(house, ANN), true);
  const after = await journal.read(0, 100);
  const substitute = after[1]?.person?.id ?? '';
  assert.match(substitute, /^removed-[0-9a-f]{12}$/);
  assert.deepEqual(
    after.slice(0, 31),
    before.map((event) =>
      event.person?.id === ANN.id && event.type !== 'token.changed'
        ? { ...event, person: { gallery: 'default', id: substitute } }
        : event,
    ),
    'all but the person, and all of the account, is as it was',
  );
  assert.deepEqual(after[31]?.person, ANN, 'the building is told whom to forget');
  journal.advance('mqtt', 31);
  clock.advance(HOUR_MS);
  await house.erasure.tidy();
  assert.deepEqual((await journal.read(31, 1))[0]?.person, ANN);
  journal.advance('mqtt', 32);
  await house.erasure.tidy();
  assert.deepEqual((await journal.read(31, 1))[0]?.person?.id, substitute);
  assert.deepEqual(house.document.value, { pending: [] });
  // the account of the same name went on existing; now it goes too
  await house.erasure.erase(
    { kind: 'account', person: ANN },
    async () => true,
    () => undefined,
  );
  assert.equal(filesWith(directory, ANN.id).length, 1, 'nothing was removed');
  await house.erasure.erase(
    { kind: 'account', person: ANN },
    async () => true,
    () => ({ type: 'token.changed', person: ANN, reason: 'account_removed', actor: 'test' }),
  );
  journal.advance('mqtt', journal.lastSeq);
  await house.erasure.tidy();
  await journal.flush();
  assert.deepEqual(filesWith(directory, ANN.id), []);
  const all = await journal.read(0, 100);
  await house.stop();
  const again = await opened(t, directory);
  assert.deepEqual(await again.journal.read(0, 100), all, 'the same after a restart');
  assert.equal(again.journal.append({ type: 'door.opened' }).seq, 34);
});

test('a reset takes every name out, each person with a substitute of their own', async (t) => {
  const directory = scratch();
  const house = await opened(t, directory);
  const { journal, people, erasure } = house;
  for (const ref of [ANN, BOB, ANN, BOB]) journal.append({ type: 'access.granted', person: ref });
  await people.put({ ...person('x'), ...ANN });
  const reset = () =>
    erasure.erase(
      { kind: 'everybody' },
      () => people.clear(),
      () => ({ type: 'people.reset', actor: 'test' }),
    );
  assert.equal(await reset(), 1);
  const ids = (await journal.read(0, 4)).map((event) => event.person?.id);
  assert.equal(new Set(ids).size, 2);
  assert.deepEqual(ids.slice(0, 2), ids.slice(2));
  assert.deepEqual([...filesWith(directory, ANN.id), ...filesWith(directory, '"bob"')], []);
  // substitutes are not replaced again
  await reset();
  assert.deepEqual(
    (await journal.read(0, 4)).map((event) => event.person?.id),
    ids,
  );
});

test('a removal that fails erases nothing', async (t) => {
  const directory = scratch();
  const house = await opened(t, directory);
  await house.people.put({ ...person('x'), ...ANN });
  house.journal.append({ type: 'access.granted', person: ANN });
  const failing = house.erasure.erase(
    { kind: 'person', person: ANN },
    async () => {
      throw new Error('the disk');
    },
    () => ({ type: 'person.removed', person: ANN }),
  );
  await assert.rejects(failing, /the disk/);
  assert.deepEqual(
    (await house.journal.read(0, 10)).map(({ person: who }) => who),
    [ANN],
  );
  assert.deepEqual(house.document.value, { pending: [] });
});

const PROGRAM = join(import.meta.dirname, '../../drivers/store/children/erase.ts');

async function eraseInChild(stateDir: string, dieAt: number) {
  const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, stateDir, String(dieAt)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => said.push(chunk));
  await once(child, 'close');
  const [, steps] = /^acknowledged after (\d+)$/m.exec(Buffer.concat(said).toString()) ?? [];
  return { steps: Number(steps), signal: child.signalCode };
}

test('killed at any step of a removal, the next start has the person and all events, or nothing of them', async (t) => {
  const origin = scratch();
  await eraseInChild(origin, 1);
  const whole = scratch();
  cpSync(origin, whole, { recursive: true });
  const { steps } = await eraseInChild(whole, 1_000_000);
  assert.ok(steps > 20, `${steps} steps`);
  const ends = { there: 0, gone: 0 };
  const step = async (dieAt: number) => {
    const stateDir = join(scratch(), 'state');
    cpSync(origin, stateDir, { recursive: true });
    assert.equal((await eraseInChild(stateDir, dieAt)).signal, 'SIGKILL');
    const house = await opened(t, stateDir);
    const events = await house.journal.read(0, 100);
    assert.deepEqual(
      events.map(({ seq }) => seq),
      Array.from(events, (_, i) => i + 1),
      `step ${dieAt}`,
    );
    const named = events.filter((event) => event.person?.id === 'ann');
    if ((await house.people.get({ gallery: 'default', id: 'ann' })) !== undefined) {
      ends.there++;
      assert.equal(named.length, 6, `step ${dieAt}`);
    } else {
      ends.gone++;
      await house.erasure.tidy();
      await house.stop();
      assert.deepEqual(filesWith(stateDir, '"ann"'), [], `step ${dieAt}`);
    }
    assert.deepEqual(house.document.value.pending, [], `step ${dieAt}`);
    assert.equal(events.filter(({ type }) => type === 'access.granted').length, 12, `step ${dieAt}`);
  };
  await eachStep(crashSteps(steps), step);
  assert.ok(ends.there > 0 && ends.gone > 0);
});
