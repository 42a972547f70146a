import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { formatKeys, newStoreKey } from '../../../src/drivers/store/keys/store-key.ts';
import { readPeopleCopy } from '../../../src/drivers/store/people-copy.ts';
import { PeopleLog } from '../../../src/drivers/store/people-log.ts';
import { PeopleVault } from '../../../src/drivers/store/people-vault.ts';
import { silentLog } from '../../../src/runtime/logger.ts';
import { scratch } from '../../fixtures/scratch.ts';
import { person, recordingLog } from './fixtures.ts';

async function opened(t: TestContext, stateDir: string, credentialsDir?: string): Promise<PeopleVault> {
  const vault = new PeopleVault({ stateDir, credentialsDir, log: silentLog });
  await vault.start();
  t.after(() => vault.stop());
  return vault;
}

/** Files below the state directory that hold any of the texts. */
function filesWith(directory: string, ...texts: readonly (string | Buffer)[]): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => texts.some((text) => readFileSync(path).includes(text)));
}

test('without its key, or with another, a store that holds somebody does not open and is left alone', async (t) => {
  const directory = scratch();
  const [path, keyPath] = [join(directory, 'people.log'), join(directory, 'store.key')];
  const vault = await opened(t, directory);
  await vault.put(person('ann'));
  await vault.stop();
  const before = readFileSync(path);
  const key = readFileSync(keyPath);
  rmSync(keyPath);
  const start = () => new PeopleVault({ stateDir: directory, log: silentLog }).start();
  await assert.rejects(start(), {
    code: 'store_key_missing',
    message: new RegExp(`sealed under key ${vault.keyId}, and there is no ${keyPath}`),
  });
  assert.equal(existsSync(keyPath), false, 'no other key is made');
  writeFileSync(keyPath, formatKeys([newStoreKey()]), { mode: 0o600 });
  await assert.rejects(start(), { code: 'store_key_wrong', message: new RegExp(vault.keyId) });
  assert.deepEqual(readFileSync(path), before);
  writeFileSync(keyPath, key);
  const again = await opened(t, directory);
  assert.deepEqual(await again.list(), [person('ann')]);
});

test('the store of an earlier version is encrypted at the first start, and no file is left as it was', async (t) => {
  const directory = scratch();
  const path = join(directory, 'people.log');
  const plain = new PeopleLog({ path, log: silentLog });
  await plain.start();
  for (const id of ['ann', 'bob']) await plain.put(person(id));
  await plain.put({ ...person('ann'), name: 'Ann B.' });
  await plain.stop();
  for (const other of ['prev', 'prev.tmp', 'torn', 'tmp']) copyFileSync(path, `${path}.${other}`);
  const embedding = person('ann').faces[0]?.embedding;
  assert.ok(embedding);
  const texts = [Buffer.from(embedding.buffer), '"ann"', 'Ann B.'];
  assert.equal(filesWith(directory, ...texts).length, 5);
  const vault = await opened(t, directory);
  assert.deepEqual(await vault.list(), [{ ...person('ann'), name: 'Ann B.' }, person('bob')]);
  assert.deepEqual(filesWith(directory, ...texts), []);
  assert.deepEqual(readdirSync(directory).sort(), ['people.log', 'store.key']);
});

test('a reader beside the daemon sees everybody and leaves everything as it is', async (t) => {
  const directory = scratch();
  const vault = await opened(t, directory);
  await vault.put(person('ann'));
  const before = readFileSync(join(directory, 'people.log'));
  assert.deepEqual(await readPeopleCopy({ stateDir: directory, log: silentLog }), [person('ann')]);
  assert.deepEqual(readFileSync(join(directory, 'people.log')), before);
  const empty = scratch();
  assert.deepEqual(await readPeopleCopy({ stateDir: empty, log: silentLog }), []);
  assert.deepEqual(readdirSync(empty), []);
});

test('after a change of key the old one is nowhere and opens nothing', async (t) => {
  const directory = scratch();
  const vault = await opened(t, directory);
  await vault.put(person('ann'));
  const picture = await vault.pictures.keep(Buffer.from('a picture of ann'));
  const [face] = person('bob').faces;
  assert.ok(face);
  const bob = { ...person('bob'), faces: [{ ...face, picture }] };
  await vault.put(bob);
  const old = readFileSync(join(directory, 'store.key'), 'latin1');
  const oldId = vault.keyId;
  const newId = await vault.changeKey();
  assert.notEqual(newId, oldId);
  assert.equal(vault.keyId, newId);
  assert.deepEqual(filesWith(directory, old.trim(), Buffer.from(oldId, 'hex')), []);
  assert.deepEqual(Buffer.from((await vault.pictures.read(picture)) ?? []).toString(), 'a picture of ann');
  await vault.put(person('cy'));
  await vault.stop();
  const again = await opened(t, directory);
  assert.deepEqual(await again.list(), [person('ann'), bob, person('cy')]);
  assert.equal(again.keyId, newId);
});

test('a credential takes over from the file at the next start', async (t) => {
  const [directory, credentials] = [scratch(), scratch()];
  const first = await opened(t, directory);
  await first.put(person('ann'));
  await first.stop();
  writeFileSync(join(credentials, 'limen-store-key'), formatKeys([newStoreKey()]), { mode: 0o400 });
  const second = await opened(t, directory, credentials);
  assert.deepEqual(await second.list(), [person('ann')]);
  await assert.rejects(second.changeKey(), { code: 'store_key_unsafe' });
  await second.stop();
  assert.equal(existsSync(join(directory, 'store.key')), false);
  const third = new PeopleVault({ stateDir: directory, log: silentLog });
  await assert.rejects(third.start(), { code: 'store_key_missing' });
  assert.deepEqual(await (await opened(t, directory, credentials)).list(), [person('ann')]);
});

test('a credential is changed by putting the new key before the old one', async (t) => {
  const [directory, credentials] = [scratch(), scratch()];
  const [old, young] = [newStoreKey(), newStoreKey()];
  const path = join(credentials, 'limen-store-key');
  writeFileSync(path, formatKeys([old]));
  const first = await opened(t, directory, credentials);
  await first.put(person('ann'));
  const picture = await first.pictures.keep(Buffer.from('a picture'));
  const [face] = person('bob').faces;
  assert.ok(face);
  await first.put({ ...person('bob'), faces: [{ ...face, picture }] });
  await first.stop();
  writeFileSync(path, formatKeys([young, old]));
  const second = await opened(t, directory, credentials);
  await second.stop();
  writeFileSync(path, formatKeys([young]));
  const third = await opened(t, directory, credentials);
  assert.equal((await third.list()).length, 2);
  assert.equal(Buffer.from((await third.pictures.read(picture)) ?? []).toString(), 'a picture');
});

test('a kept picture goes with its face, its person, and with everybody; left-over ones at the start', async (t) => {
  const directory = scratch();
  const vault = await opened(t, directory);
  const files = () => readdirSync(join(directory, 'pictures'));
  const [face] = person('ann').faces;
  assert.ok(face);
  const enrol = async (id: string, seeds: readonly number[]) => {
    const faces = [];
    for (const seed of seeds) {
      const picture = await vault.pictures.keep(Buffer.from(`picture ${id} ${seed}`));
      faces.push({ ...face, faceId: `${seed}`, embedding: new Float32Array(8).fill(seed), picture });
    }
    await vault.put({ ...person(id), faces });
    return { ...person(id), faces };
  };
  const ann = await enrol('ann', [1, 2]);
  const bob = await enrol('bob', [3]);
  await enrol('cy', [4]);
  assert.equal(files().length, 4);
  await vault.put({ ...ann, faces: ann.faces.slice(1) });
  assert.deepEqual(await vault.pictures.read(ann.faces[0]?.picture ?? ''), undefined);
  assert.equal(files().length, 3);
  await vault.remove(bob);
  assert.equal(files().length, 2);
  await vault.clear();
  assert.deepEqual(files(), []);
  const orphan = await vault.pictures.keep(Buffer.from('of nobody'));
  writeFileSync(join(directory, 'pictures', `${orphan}.tmp`), 'torn');
  await vault.stop();
  const log = recordingLog();
  const again = new PeopleVault({ stateDir: directory, log });
  await again.start();
  t.after(() => again.stop());
  assert.deepEqual(files(), []);
  assert.deepEqual(
    log.lines.map(({ fields }) => fields),
    [{ pictures: 2 }],
  );
});

test('pictures are sealed, bound to their name, and a damaged one is told', async (t) => {
  const directory = scratch();
  const vault = await opened(t, directory);
  const name = await vault.pictures.keep(Buffer.from('recognisable'));
  const path = join(directory, 'pictures', name);
  assert.deepEqual(filesWith(directory, 'recognisable'), []);
  const other = name.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'));
  renameSync(path, join(directory, 'pictures', other));
  await assert.rejects(vault.pictures.read(other), { code: 'store_corrupt' });
  assert.equal(await vault.pictures.read(name), undefined);
  assert.equal(await vault.pictures.read('../store.key'), undefined);
});
