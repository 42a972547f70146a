import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { crc32, tableCrc32 } from '../../../src/drivers/store/crc32.ts';
import { StagedFile, writeFully } from '../../../src/drivers/store/durable-file.ts';
import { encodeHeader, HEADER_BYTES } from '../../../src/drivers/store/log-header.ts';
import { scratch } from '../../fixtures/scratch.ts';
import { type SystemCall, straceMissing, traced } from './strace.ts';

test('both CRC-32 implementations give the standard check value and continue from a seed', () => {
  const digits = Buffer.from('123456789');
  for (const crc of [crc32, tableCrc32]) {
    assert.equal(crc(digits), 0xcbf43926);
    assert.equal(crc(digits.subarray(4), crc(digits.subarray(0, 4))), 0xcbf43926);
  }
});

test('a write that the kernel takes in pieces is completed', async () => {
  const disk = Buffer.alloc(30, '.');
  const handle = {
    write: async (bytes: Uint8Array, offset: number, length: number, position: number) => {
      const taken = Math.min(7, length);
      disk.set(bytes.subarray(offset, offset + taken), position);
      return { bytesWritten: taken, buffer: bytes };
    },
  };
  await writeFully(
    handle as unknown as Parameters<typeof writeFully>[0],
    Buffer.from('abcdefghijklmnopqrst'),
    5,
  );
  assert.equal(disk.toString(), '.....abcdefghijklmnopqrst.....');
});

test('a disk that takes nothing is an error, not an endless loop', async () => {
  const handle = { write: async () => ({ bytesWritten: 0, buffer: Buffer.alloc(0) }) };
  await assert.rejects(
    writeFully(handle as unknown as Parameters<typeof writeFully>[0], Buffer.from('a'), 0),
  );
});

test('a staged file replaces as a whole, privately, and keeps or drops the generation before', async () => {
  const path = join(scratch(), 'f');
  for (const [content, previous] of [
    ['one', 'keep'],
    ['two', 'keep'],
    ['three', 'keep'],
  ] as const) {
    const staged = new StagedFile(path);
    await staged.begin();
    await staged.append(Buffer.from(content));
    await staged.commit(previous);
  }
  assert.equal(readFileSync(path, 'utf8'), 'three');
  assert.equal(readFileSync(`${path}.prev`, 'utf8'), 'two');
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const last = new StagedFile(path);
  await last.begin();
  await last.append(Buffer.from('four'));
  await last.commit('drop');
  assert.deepEqual(readdirSync(dirname(path)), ['f']);
});

test('a staged file that is given up leaves the old one', async () => {
  const path = join(scratch(), 'f');
  writeFileSync(path, 'old');
  const staged = new StagedFile(path);
  await staged.begin();
  await staged.append(Buffer.from('new'));
  await staged.discard();
  assert.equal(readFileSync(path, 'utf8'), 'old');
  assert.equal(existsSync(`${path}.tmp`), false);
});

type Step = [string, (call: SystemCall) => boolean];

/** Asserts that each named call returned before the next began, and gives them. */
function inOrder(calls: readonly SystemCall[], wanted: readonly Step[]): void {
  let after = -1;
  for (const [what, matches] of wanted) {
    const found = calls.find((call) => call.begun > after && matches(call));
    assert.ok(
      found,
      `${what} is missing after trace line ${after}:\n${calls.map((call) => call.text).join('\n')}`,
    );
    after = found.ended;
  }
}

const on = (name: string, part: string) => (call: SystemCall) =>
  call.name === name && call.text.includes(part) && !call.result.startsWith('-1');
const ack = (what: string) => (call: SystemCall) =>
  call.name === 'write' && call.text.includes(`"ack ${what}`);

test('every enrolment is written, then fdatasynced, then marked, then acknowledged', {
  skip: straceMissing(),
}, () => {
  const directory = scratch();
  const { calls, stdout } = traced('enrol.ts', [directory, '3', '1'], { directory });
  assert.equal(stdout, 'ack p0\nack p1\nack p2\n');
  // the key is on disk before anything is sealed under it
  inOrder(calls, [
    ['key', on('pwrite64', '/store.key.tmp>')],
    ['fsync of the key', on('fsync', '/store.key.tmp>')],
    ['rename of the key', (call) => call.name.startsWith('rename') && call.text.includes('/store.key.tmp"')],
    ['fsync of the directory', on('fsync', `<${directory}>`)],
    ['ack of p0', ack('p0')],
  ]);
  inOrder(
    calls,
    ['p0', 'p1', 'p2'].flatMap((id): Step[] => [
      [`record of ${id}`, on('pwrite64', '/people.log>')],
      [`fdatasync of ${id}`, on('fdatasync', '/people.log>')],
      [`mark of ${id}`, on('pwrite64', '/people.log>')],
      [`ack of ${id}`, ack(id)],
    ]),
  );
  // And nothing but the mark is written to the log between the last fdatasync and the acknowledgement.
  for (const call of calls.filter((candidate) => candidate.text.includes('"ack '))) {
    const before = calls.filter((other) => other.begun < call.begun && other.text.includes('/people.log>'));
    assert.deepEqual(
      before.slice(-2).map(({ name }) => name),
      ['fdatasync', 'pwrite64'],
      call.text,
    );
  }
});

test('a replaced file is synced, renamed, and its directory synced, before it is acknowledged', {
  skip: straceMissing(),
}, () => {
  const directory = scratch();
  const { calls } = traced('replace-document.ts', [directory], { directory });
  const replaced = (file: string, ...meanwhile: readonly Step[]): Step[] => [
    ['content', on('pwrite64', `/${file}.tmp>`)],
    ['fsync of the file', on('fsync', `/${file}.tmp>`)],
    ...meanwhile,
    ['rename', (call) => call.name.startsWith('rename') && call.text.includes(`/${file}.tmp"`)],
    ['fsync of the directory', on('fsync', `<${directory}>`)],
  ];
  inOrder(calls, [
    ...replaced('n.json'),
    ['ack', ack('document')],
    ...replaced('people.log'),
    ['ack', ack('put')],
    ...replaced('people.log', ['previous generation dropped', on('unlink', '/people.log.prev"')]),
    ['ack', ack('removal')],
  ]);
});

test('records behind the commit mark are written once more before they are trusted', {
  skip: straceMissing(),
}, () => {
  const directory = scratch();
  const path = join(directory, 'people.log');
  traced('enrol.ts', [directory, '2', '1'], { directory });
  const content = readFileSync(path);
  // As a power cut leaves it that took the unsynced marks: nothing says that the records were acknowledged.
  encodeHeader('people', content.readUInt32LE(28), HEADER_BYTES).copy(content);
  writeFileSync(path, content);
  const { calls } = traced('enrol.ts', [directory, '0', '1'], { directory });
  const records = `, ${content.length - HEADER_BYTES}, ${HEADER_BYTES})`;
  inOrder(calls, [
    ['records again', (call) => on('pwrite64', '/people.log>')(call) && call.text.includes(records)],
    ['fdatasync', on('fdatasync', '/people.log>')],
    ['mark', on('pwrite64', '/people.log>')],
  ]);
});
