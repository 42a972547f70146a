import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openBox, sealBox } from '../../../../src/drivers/store/keys/data-keys.ts';
import { StoreKeys } from '../../../../src/drivers/store/keys/store-keys.ts';
import { scratch } from '../../../fixtures/scratch.ts';

async function loaded(stateDir: string, credentialsDir?: string): Promise<StoreKeys> {
  const keys = new StoreKeys({ stateDir, credentialsDir });
  await keys.load();
  return keys;
}

test('the first key is made for this user alone, and is the same at the next start', async () => {
  const directory = scratch();
  const keys = await loaded(directory);
  assert.equal(keys.empty, true);
  assert.throws(() => keys.current, { code: 'store_key_missing' });
  await keys.create();
  assert.deepEqual(readdirSync(directory), ['store.key']);
  assert.equal(statSync(join(directory, 'store.key')).mode & 0o777, 0o600);
  assert.match(readFileSync(join(directory, 'store.key'), 'latin1'), /^[A-Za-z0-9+/]{43}=\n$/);
  const again = await loaded(directory);
  assert.deepEqual(again.current, keys.current);
  assert.match(keys.current.id, /^[0-9a-f]{16}$/);
  assert.notEqual(Buffer.from(keys.current.bytes).toString('hex').slice(0, 16), keys.current.id);
});

test('a key file that others may read, or that holds no key, is refused; the message holds nothing of it', async () => {
  const directory = scratch();
  const path = join(directory, 'store.key');
  const secret = randomBytes(32).toString('base64');
  writeFileSync(path, `${secret}\n`, { mode: 0o600 });
  for (const mode of [0o640, 0o604, 0o660, 0o777]) {
    chmodSync(path, mode);
    await assert.rejects(loaded(directory), {
      code: 'store_key_unsafe',
      message: `${path} has mode ${mode.toString(8)}: others may read it`,
    });
  }
  chmodSync(path, 0o600);
  const long = randomBytes(33).toString('base64');
  for (const text of [
    '',
    '\n',
    secret.slice(0, 40),
    long,
    `${secret} `,
    `${secret}\n${secret}x\n`,
    'secret!',
  ]) {
    writeFileSync(path, text);
    await assert.rejects(loaded(directory), (cause: Error & { code?: string }) => {
      assert.equal(cause.code, 'store_key_unsafe', text);
      assert.ok(!cause.message.includes(secret.slice(0, 8)));
      return true;
    });
  }
  writeFileSync(path, `${secret}\n`.repeat(3));
  await assert.rejects(loaded(directory), { code: 'store_key_unsafe', message: /two at most/ });
  writeFileSync(path, secret);
  assert.equal(Buffer.from((await loaded(directory)).current.bytes).toString('base64'), secret);
});

test('a directory in place of the key file is refused', async () => {
  const directory = scratch();
  mkdirSync(join(directory, 'store.key'), { mode: 0o700 });
  await assert.rejects(loaded(directory), { code: 'store_key_unsafe', message: /is not a file/ });
});

test('a change of key keeps both until it is settled, and can be begun again', async () => {
  const directory = scratch();
  const keys = await loaded(directory);
  await keys.create();
  const old = keys.current;
  await keys.begin();
  const young = keys.current;
  assert.notEqual(young.id, old.id);
  const interrupted = await loaded(directory);
  assert.deepEqual([interrupted.current, interrupted.find(old.id)], [young, old]);
  assert.equal(interrupted.changing, true);
  await interrupted.begin();
  assert.deepEqual(interrupted.current, young, 'the key of the change that was cut short');
  await interrupted.settle();
  assert.equal(interrupted.changing, false);
  assert.deepEqual((await loaded(directory)).current, young);
  assert.throws(() => interrupted.find(old.id), {
    code: 'store_key_wrong',
    message: `it is sealed under key ${old.id}; the key here is ${young.id}`,
  });
  assert.ok(
    !readFileSync(join(directory, 'store.key'), 'latin1').includes(Buffer.from(old.bytes).toString('base64')),
  );
});

test('a credential goes before the file, which is destroyed once nothing needs it', async () => {
  const directory = scratch();
  const credentials = scratch();
  const keys = await loaded(directory);
  await keys.create();
  writeFileSync(join(credentials, 'limen-store-key'), randomBytes(32).toString('base64'), { mode: 0o400 });
  const both = await loaded(directory, credentials);
  assert.equal(both.origin, 'credential');
  assert.notEqual(both.current.id, keys.current.id);
  assert.equal(both.find(keys.current.id).id, keys.current.id);
  await assert.rejects(both.begin(), { code: 'store_key_unsafe', message: /cannot change/ });
  await both.settle();
  assert.equal(existsSync(join(directory, 'store.key')), false);
  assert.equal((await loaded(directory, credentials)).changing, false);
  const wrong = scratch();
  writeFileSync(join(wrong, 'limen-store-key'), 'too short');
  await assert.rejects(loaded(directory, wrong), { code: 'store_key_unsafe' });
});

test('a box opens with its key and what it is bound to, and with nothing else', () => {
  const [key, other] = [randomBytes(32), randomBytes(32)];
  const [content, bound] = [Buffer.from('a template'), Buffer.from('of ann')];
  const box = sealBox(key, content, bound);
  assert.deepEqual(openBox(key, box, bound), content);
  assert.notDeepEqual(sealBox(key, content, bound), box, 'a nonce of its own');
  assert.throws(() => openBox(other, box, bound), /does not open/);
  assert.throws(() => openBox(key, box, Buffer.from('of bob')), /does not open/);
  for (let at = 0; at < box.length; at++) {
    const flipped = Buffer.from(box);
    flipped.writeUInt8(flipped.readUInt8(at) ^ 1, at);
    assert.throws(() => openBox(key, flipped, bound), /does not open/);
  }
  assert.throws(() => openBox(key, box.subarray(0, 27), bound), /too short/);
  assert.deepEqual(openBox(key, sealBox(key, new Uint8Array(), bound), bound), Buffer.alloc(0));
});
