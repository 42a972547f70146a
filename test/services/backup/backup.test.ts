import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { LimenError } from '../../../src/core/errors.ts';
import { MemoryDocument } from '../../../src/drivers/store/memory-document.ts';
import { PeopleVault } from '../../../src/drivers/store/people-vault.ts';
import { ManualClock } from '../../../src/runtime/clock.ts';
import { silentLog } from '../../../src/runtime/logger.ts';
import {
  type Account,
  type AccountsDocument,
  parseAccounts,
} from '../../../src/services/accounts/account.ts';
import { Backup } from '../../../src/services/backup/backup.ts';
import { PersonExporter } from '../../../src/services/export/person-export.ts';
import { person } from '../../drivers/store/fixtures.ts';
import { RecordingJournal } from '../../fixtures/recording-journal.ts';
import { scratch } from '../../fixtures/scratch.ts';

/** The cheapest that a backup may have. */
const COST = { N: 2 ** 14, r: 1, p: 1 };
const PASSPHRASE = 'correct horse battery';

const ACCOUNT: Account = {
  username: 'ann',
  email: 'ann@example.org',
  createdAt: '2026-01-02T03:04:05Z',
  salt: 'c2FsdA==',
  cost: { N: 16, r: 1, p: 1 },
  hash: 'aGFzaA==',
  resetsAt: [],
};

async function house(t: TestContext, stateDir = scratch()) {
  const people = new PeopleVault({ stateDir, log: silentLog });
  await people.start();
  t.after(() => people.stop());
  const journal = new RecordingJournal();
  const accounts = new MemoryDocument<AccountsDocument>({ accounts: [] });
  const parts = { people, pictures: people.pictures, accounts, secret: people.secret, journal, cost: COST };
  const clock = new ManualClock({ epoch: new Date('2026-03-01T12:00:00Z') });
  return { ...parts, stateDir, backup: new Backup({ ...parts, parseAccounts, device: 'box', clock }) };
}

/** Ann with an account and two faces, one of them with a picture, and Bob. */
async function populated(t: TestContext) {
  const made = await house(t);
  const { people, accounts } = made;
  const [face] = person('ann').faces;
  assert.ok(face);
  const picture = await people.pictures.keep(Buffer.from('a picture of ann'));
  const odd = new Float32Array([0, -0, Number.POSITIVE_INFINITY, 1e-45, 0.1]);
  const ann = {
    ...person('ann'),
    validUntil: '2027-01-01T00:00:00Z',
    faces: [
      { ...face, picture },
      { ...face, faceId: '2', embedding: odd },
    ],
  };
  await people.put(ann);
  await people.put(person('bob', { gallery: 'staff' }));
  await accounts.update(() => ({ accounts: [ACCOUNT] }));
  return { ...made, ann };
}

async function bytesOf(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

/** In pieces of awkward sizes, as a network gives them. */
function pieces(bytes: Buffer, size = 701) {
  return async function* () {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  };
}

const actor = 'test';

test('a backup restores everybody, their pictures and accounts into another house, and removes who was there', async (t) => {
  const from = await populated(t);
  const file = await bytesOf(await from.backup.write({ passphrase: PASSPHRASE, actor }));
  for (const text of ['ann', 'bob', 'Name of', 'a picture', 'made-up@1', 'example.org']) {
    assert.equal(file.includes(text), false, text);
  }
  const to = await house(t);
  const gone = await to.people.pictures.keep(Buffer.from('a picture of dora'));
  const [face] = person('dora').faces;
  assert.ok(face);
  await to.people.put({ ...person('dora'), faces: [{ ...face, picture: gone }] });
  const changes: string[] = [];
  to.people.subscribe((change) => changes.push(change.kind));
  const restored = await to.backup.restore(pieces(file), { passphrase: PASSPHRASE, actor });
  assert.deepEqual(restored, {
    people: 2,
    pictures: 1,
    createdAt: '2026-03-01T12:00:00.000Z',
    device: 'box',
  });
  const [ann, bob] = await to.people.list();
  const name = ann?.faces[0]?.picture ?? '';
  assert.deepEqual(ann, {
    ...from.ann,
    faces: from.ann.faces.map((each) => ('picture' in each ? { ...each, picture: name } : each)),
  });
  assert.deepEqual(bob, person('bob', { gallery: 'staff' }));
  assert.deepEqual(Buffer.from((await to.people.pictures.read(name)) ?? []).toString(), 'a picture of ann');
  assert.deepEqual(readdirSync(join(to.stateDir, 'pictures')), [name]);
  assert.deepEqual(to.accounts.value, { accounts: [ACCOUNT] });
  assert.deepEqual(changes, ['cleared', 'put', 'put'], 'whoever follows the store hears of it');
  assert.deepEqual(
    [...from.journal.events, ...to.journal.events].map(({ type, reason }) => [type, reason]),
    [
      ['store.exported', 'backup'],
      ['people.reset', 'restored'],
    ],
  );
});

/** Everything in the state directory, and the accounts. */
function stateOf({ stateDir, accounts }: Awaited<ReturnType<typeof house>>) {
  const files = readdirSync(stateDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return {
    files: files.map((path) => [path, readFileSync(path).toString('base64')]),
    accounts: accounts.value,
  };
}

test('flipped or cut off anywhere, or with something behind it, a backup is refused and changes nothing', async (t) => {
  const made = await populated(t);
  const file = await bytesOf(await made.backup.write({ actor }));
  const before = stateOf(made);
  const refused = async (content: Buffer, what: string) => {
    const restoring = made.backup.restore(pieces(content), { actor });
    await assert.rejects(restoring, (cause) => {
      const codes = ['backup_unreadable', 'store_key_wrong', 'bad_request'];
      assert.ok(cause instanceof LimenError && codes.includes(cause.code), `${what}: ${cause}`);
      return true;
    });
  };
  for (let at = 0; at < file.length; at++) {
    const flipped = Buffer.from(file);
    flipped.writeUInt8(flipped.readUInt8(at) ^ (1 << (at % 8)), at);
    await refused(flipped, `flip at ${at}`);
    await refused(file.subarray(0, at), `cut at ${at}`);
  }
  await refused(Buffer.concat([file, Buffer.from([0])]), 'something behind');
  assert.deepEqual(stateOf(made), before);
  assert.equal((await made.backup.restore(pieces(file, 1), { actor })).people, 2);
});

test('parts of a long backup cannot be moved, left out, repeated, or cut off at a boundary', async (t) => {
  const made = await house(t);
  await made.people.replaceAll(Array.from({ length: 300 }, (_, i) => person(`p${i}`, { length: 128 })));
  const file = await bytesOf(await made.backup.write({ actor }));
  const header = 12 + file.readUInt32LE(8);
  const parts: Buffer[] = [];
  for (let at = header; at < file.length; ) {
    const length = 5 + file.readUInt32LE(at + 1);
    parts.push(file.subarray(at, at + length));
    at += length;
  }
  assert.ok(parts.length > 3, `${parts.length} parts`);
  const [first, second, third] = parts as [Buffer, Buffer, Buffer];
  for (const [what, order] of Object.entries({
    'cut off at a boundary': parts.slice(0, -1),
    'first left out': parts.slice(1),
    exchanged: [second, first, ...parts.slice(2)],
    repeated: [first, first, ...parts.slice(1)],
    'left out in the middle': [first, ...parts.slice(2)],
    'declared the last': [first, second, Buffer.concat([Buffer.from([1]), third.subarray(1)])],
  })) {
    const content = Buffer.concat([file.subarray(0, header), ...order]);
    await assert.rejects(
      made.backup.restore(pieces(content), { actor }),
      { code: 'backup_unreadable' },
      what,
    );
  }
  assert.equal((await made.backup.restore(pieces(file), { actor })).people, 300);
});

test('another passphrase, none, or another key opens nothing', async (t) => {
  const made = await populated(t);
  const locked = await bytesOf(await made.backup.write({ passphrase: PASSPHRASE, actor }));
  const restore = (file: Buffer, passphrase?: string) =>
    made.backup.restore(pieces(file), { passphrase, actor });
  await assert.rejects(restore(locked, `${PASSPHRASE}.`), {
    code: 'backup_unreadable',
    message: /passphrase or key is another/,
  });
  await assert.rejects(restore(locked), { code: 'bad_request' });
  await assert.rejects(made.backup.write({ passphrase: 'short', actor }), { code: 'bad_request' });
  const byKey = await bytesOf(await made.backup.write({ actor }));
  const stranger = await house(t);
  await assert.rejects(stranger.backup.restore(pieces(byKey), { actor }), { code: 'store_key_wrong' });
  await made.people.changeKey();
  await assert.rejects(restore(byKey), { code: 'store_key_wrong', message: /sealed under key/ });
  assert.equal((await restore(locked, PASSPHRASE)).people, 2);
});

test('a backup holds everybody of the moment it was begun, whatever happens while it is read', async (t) => {
  const made = await populated(t);
  const reading = await made.backup.write({ passphrase: PASSPHRASE, actor });
  await made.people.put(person('late'));
  await made.people.remove(person('bob', { gallery: 'staff' }));
  const to = await house(t);
  await to.backup.restore(pieces(await bytesOf(reading)), { passphrase: PASSPHRASE, actor });
  assert.deepEqual(
    (await to.people.list()).map(({ id }) => id),
    ['ann', 'bob'],
  );
});

test('a restore that the disk refuses leaves people, pictures and accounts as they were', async (t) => {
  const made = await populated(t);
  const file = await bytesOf(await made.backup.write({ actor }));
  await made.people.put(person('late'));
  await made.accounts.update(() => ({ accounts: [] }));
  const before = stateOf(made);
  const failing = Object.create(made.people) as PeopleVault;
  failing.replaceAll = async () => {
    throw new LimenError('store_fault', 'the disk is full');
  };
  const { people: _, ...parts } = made;
  const clock = new ManualClock();
  const backup = new Backup({ ...parts, people: failing, parseAccounts, device: 'box', clock });
  await assert.rejects(backup.restore(pieces(file), { actor }), { code: 'store_fault' });
  assert.deepEqual(stateOf(made), before);
});

test('an export holds everything of one person and nothing of anybody else', async (t) => {
  const { people, journal, ann, stateDir } = await populated(t);
  const ref = { gallery: 'default', id: 'ann' };
  for (const who of [ref, { gallery: 'staff', id: 'bob' }, ref])
    journal.append({ type: 'access.granted', person: who });
  const account = {
    username: 'ann',
    email: 'ann@example.org',
    createdAt: 'then',
    hasPassword: true,
    resetsAt: [],
  };
  const exporter = new PersonExporter({
    people,
    pictures: people.pictures,
    accountOf: ({ id }) => (id === 'ann' ? account : undefined),
    device: 'box',
    journal,
    clock: new ManualClock(),
  });
  const exported = await exporter.export(ref, 'test');
  assert.deepEqual(
    [exported.account, exported.person?.name, exported.events.map(({ seq }) => seq)],
    [account, 'Name of ann', [1, 3]],
  );
  const [first] = exported.person?.faces ?? [];
  assert.equal(Buffer.from(first?.picture?.data ?? '', 'base64').toString(), 'a picture of ann');
  const embedding = ann.faces[0]?.embedding ?? new Float32Array();
  assert.equal(first?.template.data, Buffer.from(embedding.buffer).toString('base64'));
  assert.equal(JSON.stringify(exported).includes('bob'), false);
  assert.equal(journal.events.at(-1)?.type, 'store.exported');
  await assert.rejects(exporter.export({ gallery: 'default', id: 'nobody' }, 'test'), { code: 'not_found' });
  const onlyAccount = { ...ref, gallery: 'other' };
  assert.deepEqual((await exporter.export(onlyAccount, 'test')).person, undefined);
  assert.ok(stateDir);
});
