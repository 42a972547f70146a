import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { LimenError } from '../../../src/core/errors.ts';
import type { Person } from '../../../src/core/person.ts';
import { PeopleLog } from '../../../src/drivers/store/people-log.ts';
import { PeopleVault } from '../../../src/drivers/store/people-vault.ts';
import { silentLog } from '../../../src/runtime/logger.ts';
import { scratch } from '../../fixtures/scratch.ts';
import { person } from './fixtures.ts';
import { straceMissing, traced } from './strace.ts';

async function opened(path: string): Promise<PeopleLog> {
  const people = new PeopleLog({ path, log: silentLog });
  await people.start();
  return people;
}

/** Bytes that this process has asked the kernel to write to anything. */
function bytesWritten(): number {
  return Number(/wchar: (\d+)/.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]);
}

test('an enrolment writes as much with 5,000 people as with 10', {
  skip: !existsSync('/proc/self/io') && 'no /proc',
}, async (t) => {
  const people = await opened(join(scratch(), 'people.log'));
  t.after(() => people.stop());
  const cost = async (id: string) => {
    const before = bytesWritten();
    await people.create(person(id, { length: 128 }));
    return bytesWritten() - before;
  };
  const enrol = (from: number, to: number) =>
    Promise.all(
      Array.from({ length: to - from }, (_, i) => people.create(person(`p${from + i}`, { length: 128 }))),
    );
  await enrol(0, 10);
  const with10 = await cost('x10');
  await enrol(10, 5_000);
  const with5000 = await cost('x5k');
  assert.ok(with10 > 512 && with10 < 2_000, `${with10} bytes`);
  // 8 bytes now and then wake the event loop; they are in the kernel's count too.
  assert.ok(Math.abs(with5000 - with10) <= 64, `${with10} and ${with5000} bytes`);
});

async function openedVault(stateDir: string): Promise<PeopleVault> {
  const people = new PeopleVault({ stateDir, log: silentLog });
  await people.start();
  return people;
}

/** Numbers that look random and are the same in every run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

test('every acknowledged enrolment survives kill -9 in the middle of 1,000', async () => {
  const program = join(import.meta.dirname, 'children', 'enrol.ts');
  const random = seeded(8);
  for (const [round, parallel] of [1, 16, 16, 64].entries()) {
    const stateDir = scratch();
    const killAfter = 1 + Math.floor(random() * 900);
    const child = spawn(process.execPath, ['--import', 'tsx', program, stateDir, '1000', String(parallel)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const acknowledged: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      const id = /^ack (\w+)$/.exec(line)?.[1];
      if (id !== undefined) acknowledged.push(id);
      if (acknowledged.length === killAfter) child.kill('SIGKILL');
    }
    assert.ok(acknowledged.length >= killAfter, `round ${round}`);
    const people = await openedVault(stateDir);
    for (const id of acknowledged) assert.deepEqual(await people.get(person(id)), person(id));
    // And it goes on working.
    assert.equal(await people.create(person('afterwards')), true);
    await people.stop();
  }
});

test('a failed fdatasync refuses this and every later enrolment until the next start', {
  skip: straceMissing(),
}, async () => {
  const directory = scratch();
  // Fails the third only: a store that tried again would be told that all is well.
  const inject = 'fdatasync:error=EIO:when=3';
  const { stdout } = traced('enrol.ts', [directory, '6', '1'], { directory, inject });
  const lines = ['ack p0', 'ack p1', 'refused p2', 'refused p3', 'refused p4', 'refused p5'];
  assert.equal(stdout, `${lines.join('\n').replaceAll(/(refused \w+)/g, '$1 store_fault')}\n`);
  const people = await openedVault(directory);
  assert.deepEqual(
    (await people.list()).map(({ id }) => id),
    ['p0', 'p1'],
  );
  await people.stop();
});

test('a full disk refuses the enrolment, changes nothing, and the next one succeeds', {
  skip: straceMissing(),
}, async () => {
  const directory = scratch();
  const people = await openedVault(directory);
  await people.stop();
  // Calls of pwrite64 by enrolment: record, mark, record, mark, record.
  const { stdout } = traced('enrol.ts', [directory, '4', '1'], {
    directory,
    inject: 'pwrite64:error=ENOSPC:when=5',
  });
  assert.equal(stdout, 'ack p0\nack p1\nrefused p2 store_fault\nack p3\n');
  const again = await openedVault(directory);
  assert.deepEqual(
    (await again.list()).map(({ id }) => id),
    ['p0', 'p1', 'p3'],
  );
  await again.stop();
});

/** Names of files that hold the person's template. */
function filesWith(directory: string, gone: Person): string[] {
  const embedding = gone.faces[0]?.embedding;
  assert.ok(embedding);
  const template = Buffer.from(embedding.buffer);
  return readdirSync(directory).filter((name) => {
    const content = readFileSync(join(directory, name));
    return content.includes(template) || content.includes(`"${gone.id}"`);
  });
}

test('after a removal no file holds the person, previous generations and cut-off ends included', async (t) => {
  const directory = scratch();
  const path = join(directory, 'people.log');
  const people = await opened(path);
  t.after(() => people.stop());
  for (const id of ['ann', 'bob', 'cy']) await people.put(person(id, { seed: id.charCodeAt(0) }));
  const ann = person('ann', { seed: 'a'.charCodeAt(0) });
  const content = readFileSync(path);
  for (const other of ['prev', 'prev.tmp', 'torn', 'tmp']) writeFileSync(`${path}.${other}`, content);
  assert.equal(filesWith(directory, ann).length, 5);
  await people.remove(ann);
  assert.deepEqual(filesWith(directory, ann), []);
  assert.deepEqual(
    (await people.list()).map(({ id }) => id),
    ['bob', 'cy'],
  );
  assert.deepEqual(readdirSync(directory), ['people.log']);
});

test('a face that is replaced or withdrawn leaves every file too; adding one only appends', async (t) => {
  const directory = scratch();
  const path = join(directory, 'people.log');
  const people = await opened(path);
  t.after(() => people.stop());
  const old = person('ann', { seed: 5 });
  const young = person('ann', { seed: 6 });
  await people.put(old);
  const inode = () => readFileSync(path).readUInt32LE(28);
  const before = inode();
  const [first, second] = [old.faces[0], young.faces[0]];
  assert.ok(first && second);
  await people.put({ ...old, faces: [first, { ...second, faceId: '2' }] });
  assert.equal(inode(), before, 'an added face is appended');
  await people.put({ ...old, faces: [{ ...second, faceId: '2' }] });
  assert.notEqual(inode(), before);
  const template = Buffer.from(first.embedding.buffer);
  assert.ok(readdirSync(directory).every((name) => !readFileSync(join(directory, name)).includes(template)));
  assert.equal((await people.get(old))?.faces.length, 1);
});

test('superseded records are compacted away, and the generation before is kept', async (t) => {
  const directory = scratch();
  const path = join(directory, 'people.log');
  let people = await opened(path);
  t.after(() => people.stop());
  const ann = person('ann', { length: 4_096 });
  let largest = 0;
  for (let i = 0; i < 100; i++) {
    await people.put({ ...ann, name: `Name ${i}` });
    largest = Math.max(largest, people.sizeBytes);
  }
  await people.stop();
  assert.ok(largest < 1_200_000, `${largest} bytes`);
  assert.deepEqual(readdirSync(directory).sort(), ['people.log', 'people.log.prev']);
  people = await opened(path);
  assert.equal((await people.get(ann))?.name, 'Name 99');
});

for (const [what, open] of Object.entries({
  unencrypted: (stateDir: string) => new PeopleLog({ path: join(stateDir, 'people.log'), log: silentLog }),
  encrypted: (stateDir: string) => new PeopleVault({ stateDir, log: silentLog }),
})) {
  test(`flipped or truncated anywhere, the ${what} store has everybody or refuses`, async () => {
    const directory = scratch();
    const path = join(directory, 'people.log');
    const people = open(directory);
    await people.start();
    await people.put(person('ann'));
    await people.put(person('bob'));
    await people.stop();
    const whole = readFileSync(path);
    const outcome = async (content: Buffer) => {
      writeFileSync(path, content);
      const store = open(directory);
      try {
        await store.start();
        assert.deepEqual(await store.list(), [person('ann'), person('bob')]);
        return 'whole';
      } catch (cause) {
        assert.ok(cause instanceof LimenError && cause.code === 'store_corrupt', String(cause));
        await assert.rejects(store.list(), { code: 'store_fault' });
        await assert.rejects(store.create(person('cy')), { code: 'store_fault' });
        assert.deepEqual(readFileSync(path), content, 'a refused file is left as it was');
        return 'refused';
      } finally {
        await store.stop();
      }
    };
    // The header's padding is covered by the append log's own test.
    for (let at = 4_096; at < whole.length; at++) {
      const flipped = Buffer.from(whole);
      flipped.writeUInt8(flipped.readUInt8(at) ^ (1 << (at % 8)), at);
      assert.equal(await outcome(flipped), 'refused', `flip at ${at}`);
      assert.equal(await outcome(whole.subarray(0, at)), 'refused', `cut at ${at}`);
    }
    assert.equal(await outcome(whole), 'whole');
  });
}
