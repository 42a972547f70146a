import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LimenError } from '../../../src/core/errors.ts';
import { JournalLog, type JournalLogOptions } from '../../../src/drivers/store/journal-log.ts';
import { ManualClock } from '../../../src/runtime/clock.ts';
import { silentLog } from '../../../src/runtime/logger.ts';
import { scratch } from '../../fixtures/scratch.ts';
import { straceMissing, traced } from './strace.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

async function started(directory: string, options: Partial<JournalLogOptions> = {}) {
  const clock = new ManualClock({ epoch: new Date('2026-03-01T12:00:00Z'), synced: true });
  const all = { directory, device: 'box', clock, log: silentLog, keepDays: 30, ...options };
  const journal = new JournalLog(all);
  await journal.start();
  return { journal, clock: all.clock as ManualClock };
}

const segments = (directory: string) => readdirSync(directory).filter((name) => name.endsWith('.seg'));
const sizeOf = (directory: string) =>
  segments(directory).reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);

test('a grant goes to the disk at once, an ordinary event when its time has come', async (t) => {
  const directory = join(scratch(), 'journal');
  const { journal, clock } = await started(directory);
  t.after(() => journal.stop());
  const sizeChanges = async (before: number) => {
    while (sizeOf(directory) === before) await nextTurn();
    return sizeOf(directory);
  };
  journal.append({ type: 'access.granted' });
  await sizeChanges(0).then((size) => (size === 4_096 ? sizeChanges(size) : size));
  // until the grant's own commit has ended, what is appended goes with it
  await journal.flush();
  const afterGrant = sizeOf(directory);
  journal.append({ type: 'face.unknown' });
  for (let turn = 0; turn < 50; turn++) await nextTurn();
  clock.advance(50);
  for (let turn = 0; turn < 50; turn++) await nextTurn();
  assert.equal(sizeOf(directory), afterGrant);
  clock.advance(50);
  await sizeChanges(afterGrant);
});

test('reads across segments as from one list', async (t) => {
  const directory = join(scratch(), 'journal');
  const { journal } = await started(directory, { segmentBytes: 12_000 });
  t.after(() => journal.stop());
  const events = [];
  for (let i = 0; i < 600; i++) {
    events.push(journal.append({ type: 'access.denied', reason: 'too_far', score: i / 600 }));
    if (i % 23 === 0) await journal.flush();
  }
  assert.ok(segments(directory).length > 5);
  for (let after = 0; after <= 600; after += 37) {
    assert.deepEqual(await journal.read(after, 100), events.slice(after, after + 100));
  }
  await journal.flush();
  assert.deepEqual(await journal.read(0, 1_000), events);
  await journal.stop();
  const again = await started(directory);
  t.after(() => again.journal.stop());
  assert.deepEqual(await again.journal.read(0, 1_000), events);
  assert.deepEqual(await again.journal.read(551, 7), events.slice(551, 558));
});

test('a reader that drains while events arrive gets each once, in order', async (t) => {
  const { journal } = await started(join(scratch(), 'journal'), { segmentBytes: 20_000 });
  t.after(() => journal.stop());
  const seen: number[] = [];
  const drain = (async () => {
    while (seen.length < 2_000) {
      const part = await journal.read(seen.at(-1) ?? 0, 64);
      seen.push(...part.map(({ seq }) => seq));
      if (part.length === 0) await nextTurn();
    }
  })();
  for (let i = 0; i < 2_000; i++) {
    journal.append({ type: i % 10 === 0 ? 'access.granted' : 'face.unknown' });
    if (i % 50 === 0) await nextTurn();
  }
  await drain;
  assert.deepEqual(
    seen,
    Array.from({ length: 2_000 }, (_, i) => i + 1),
  );
});

test('old segments go when delivered and out of date; what a reader still needs stays', async (t) => {
  const directory = join(scratch(), 'journal');
  const { journal, clock } = await started(directory, { keepDays: 7 });
  t.after(() => journal.stop());
  journal.cursor('mqtt');
  for (let day = 0; day < 5; day++) {
    journal.append({ type: 'face.unknown' });
    await journal.flush();
    clock.advance(DAY_MS);
  }
  assert.equal(segments(directory).length, 5);
  journal.advance('mqtt', 3);
  clock.advance(30 * DAY_MS);
  await journal.flush();
  assert.deepEqual(
    (await journal.read(0, 10)).map(({ seq }) => seq),
    [4, 5],
  );
  journal.advance('mqtt', 5);
  clock.advance(HOUR_MS);
  await journal.flush();
  assert.deepEqual(await journal.read(0, 10), []);
  assert.equal(journal.append({ type: 'face.unknown' }).seq, 6);
});

test('with the wall clock not set nothing is too old, and beyond the size limit the oldest delivered go', async (t) => {
  const directory = join(scratch(), 'journal');
  const clock = new ManualClock({ synced: false });
  const { journal } = await started(directory, { clock, segmentBytes: 5_000, maxBytes: 20_000 });
  t.after(() => journal.stop());
  for (let i = 0; i < 60; i++) {
    journal.append({ type: 'face.unknown' });
    await journal.flush();
  }
  const all = segments(directory).length;
  journal.cursor('mqtt');
  clock.advance(100 * DAY_MS);
  await journal.flush();
  assert.equal(segments(directory).length, all, 'mqtt has had none');
  journal.advance('mqtt', 60);
  clock.advance(HOUR_MS);
  await journal.flush();
  assert.ok(sizeOf(directory) <= 20_000 && segments(directory).length >= 2);
  const left = await journal.read(0, 100);
  assert.deepEqual(
    left.map(({ seq }) => seq),
    Array.from({ length: left.length }, (_, i) => 61 - left.length + i),
  );
});

test('a reader that was configured away holds nothing back after a restart', async (t) => {
  const directory = join(scratch(), 'journal');
  const first = await started(directory, { segmentBytes: 5_000, maxBytes: 5_000 });
  for (let i = 0; i < 20; i++) {
    first.journal.append({ type: 'face.unknown' });
    await first.journal.flush();
  }
  first.journal.advance('gone', 1);
  await first.journal.stop();
  const before = segments(directory).length;
  const { journal, clock } = await started(directory, { segmentBytes: 5_000, maxBytes: 5_000 });
  t.after(() => journal.stop());
  clock.advance(HOUR_MS);
  await journal.flush();
  assert.ok(segments(directory).length < before);
});

test('when the end of the journal is lost, seq goes on behind the cursors', async (t) => {
  const directory = join(scratch(), 'journal');
  const first = await started(directory, { segmentBytes: 4_500 });
  for (let i = 0; i < 10; i++) {
    first.journal.append({ type: 'face.unknown' });
    await first.journal.flush();
  }
  first.journal.advance('mqtt', 10);
  await first.journal.stop();
  rmSync(join(directory, segments(directory).at(-1) as string));
  const { journal } = await started(directory);
  t.after(() => journal.stop());
  const event = journal.append({ type: 'face.unknown' });
  assert.equal(event.seq, 11);
  assert.deepEqual(await journal.read(journal.cursor('mqtt'), 10), [event]);
});

test('damage in an acknowledged event refuses the start; unreadable cursors only repeat deliveries', async () => {
  const directory = join(scratch(), 'journal');
  const first = await started(directory);
  const event = first.journal.append({ type: 'access.granted' });
  first.journal.advance('mqtt', 1);
  await first.journal.stop();
  writeFileSync(join(directory, 'cursors.json'), 'damaged');
  const second = await started(directory);
  assert.equal(second.journal.cursor('mqtt'), 0);
  assert.deepEqual(await second.journal.read(0, 10), [event]);
  await second.journal.stop();
  const path = join(directory, segments(directory)[0] as string);
  const content = readFileSync(path);
  content.writeUInt8(content.readUInt8(4_200) ^ 1, 4_200);
  writeFileSync(path, content);
  await assert.rejects(started(directory), { code: 'store_corrupt' });
});

test('while the disk refuses, events wait in bounded memory, alarms longest, and the fault is told', async (t) => {
  const parent = scratch();
  const directory = join(parent, 'journal');
  const faults: (LimenError | undefined)[] = [];
  const { journal, clock } = await started(directory, {
    segmentBytes: 4_200,
    onFault: (fault) => faults.push(fault),
  });
  t.after(() => journal.stop());
  journal.append({ type: 'access.granted' });
  await journal.flush();
  renameSync(directory, join(parent, 'away'));
  writeFileSync(directory, 'no directory');
  journal.append({ type: 'door.forced' });
  await assert.rejects(journal.flush(), { code: 'store_fault' });
  await assert.rejects(journal.flush(), { code: 'store_fault' });
  assert.deepEqual(
    faults.map((fault) => fault?.code),
    ['store_fault'],
  );
  for (let i = 0; i < 10_009; i++) journal.append({ type: 'face.unknown' });
  rmSync(directory);
  renameSync(join(parent, 'away'), directory);
  clock.advance(60_000);
  await journal.flush();
  await journal.flush();
  assert.deepEqual(
    faults.map((fault) => fault?.code),
    ['store_fault', undefined],
  );
  await journal.stop();
  const again = await started(directory);
  t.after(() => again.journal.stop());
  const kept = await again.journal.read(0, 20_000);
  assert.deepEqual(
    kept.slice(0, 2).map(({ type }) => type),
    ['access.granted', 'door.forced'],
  );
  assert.equal(kept.filter(({ type }) => type === 'face.unknown').length, 9_999);
  assert.equal(kept.at(-1)?.type, 'journal.truncated');
  const lost = kept.at(-1)?.seq as number;
  assert.equal(kept.at(-1)?.reason, `disk_refused:${lost - kept.length}`, 'it says how many');
});

test('on a full disk the oldest segment makes room for the newest event, and the journal says so', {
  skip: straceMissing(),
}, () => {
  const directory = join(scratch(), 'journal');
  mkdirSync(directory);
  // Far enough that several segments exist; every event makes at least two writes.
  const { stdout } = traced('journal.ts', [directory, '12'], {
    directory,
    inject: 'pwrite64:error=ENOSPC:when=25',
  });
  const lines = stdout.trim().split('\n');
  assert.equal(lines.filter((line) => line.startsWith('ack ')).length, 12, stdout);
  const kept = lines.at(-1) ?? '';
  assert.match(kept, /:journal\.truncated/);
  assert.doesNotMatch(kept, / 1:/);
  assert.equal(kept.match(/:access\.granted/g)?.length, 12 - Number(/kept (\d+):/.exec(kept)?.[1]) + 1);
});

test('on a full disk ordinary events make room first; grants stay, and the number is told', {
  skip: straceMissing(),
}, async (t) => {
  const directory = join(scratch(), 'journal');
  mkdirSync(directory);
  const { stdout } = traced('journal.ts', [directory, '30', 'mixed'], {
    directory,
    inject: 'pwrite64:error=ENOSPC:when=60',
  });
  const kept = (stdout.trim().split('\n').at(-1) ?? '').replace('kept ', '').split(' ');
  assert.equal(stdout.match(/^ack /gm)?.length, 30, stdout);
  assert.equal(kept.filter((each) => each.endsWith(':access.granted')).length, 10, stdout);
  const unknown = kept.filter((each) => each.endsWith(':face.unknown')).length;
  assert.ok(unknown < 20 && kept.some((each) => each.endsWith(':journal.truncated')), stdout);
  const again = await started(directory);
  t.after(() => again.journal.stop());
  const events = await again.journal.read(0, 100);
  assert.deepEqual(
    events.map(({ seq, type }) => `${seq}:${type}`),
    kept,
  );
  const marker = events.find(({ type }) => type === 'journal.truncated');
  assert.equal(marker?.reason, `disk_full:${20 - unknown}`);
});

test('every event that was on disk survives kill -9, without a gap', async (t) => {
  const directory = join(scratch(), 'journal');
  const program = join(import.meta.dirname, 'children', 'journal.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', program, directory, '100000'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let last = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    last = Number(/^ack (\d+)$/.exec(line)?.[1]);
    if (last === 100) child.kill('SIGKILL');
  }
  const { journal } = await started(directory);
  t.after(() => journal.stop());
  const seqs = (await journal.read(0, 1_000_000)).map(({ seq }) => seq);
  assert.deepEqual(
    seqs,
    Array.from({ length: seqs.length }, (_, i) => i + 1),
  );
  assert.ok(seqs.length >= last && last >= 100);
});
