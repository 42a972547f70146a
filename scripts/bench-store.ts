// What the store costs: node --import tsx scripts/bench-store.ts [--people N] [--length N] [--dir DIR] [--plain]
// One JSON document on standard output. Times depend on the disk's fdatasync: read the ratios.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Person } from '../src/core/person.ts';
import { JournalLog } from '../src/drivers/store/journal-log.ts';
import { PeopleLog } from '../src/drivers/store/people-log.ts';
import { PeopleVault } from '../src/drivers/store/people-vault.ts';
import { SystemClock } from '../src/runtime/clock.ts';
import { silentLog } from '../src/runtime/logger.ts';

const { values: args } = parseArgs({
  options: {
    people: { type: 'string', default: '50000' },
    length: { type: 'string', default: '128' },
    events: { type: 'string', default: '250000' },
    dir: { type: 'string', default: tmpdir() },
    // without encryption, to see what it costs
    plain: { type: 'boolean', default: false },
  },
});
const directory = mkdtempSync(join(args.dir, 'limen-bench-'));
const path = join(directory, 'people.log');

function person(id: string): Person {
  const embedding = Float32Array.from({ length: Number(args.length) }, () => Math.random() - 0.5);
  const createdAt = new Date().toISOString();
  const face = { faceId: '1', modelId: 'bench@1', embedding, quality: 0.8, createdAt };
  return { gallery: 'default', id, createdAt, enabled: true, faces: [{ ...face, liveness: 'not_assessed' }] };
}

async function timed<T>(work: () => Promise<T>): Promise<{ ms: number; result: T }> {
  const start = performance.now();
  const result = await work();
  return { ms: performance.now() - start, result };
}

const open = () =>
  args.plain
    ? new PeopleLog({ path, log: silentLog })
    : new PeopleVault({ stateDir: directory, log: silentLog });

/** Median milliseconds of one enrolment, one after the other. */
async function enrolmentMs(people: ReturnType<typeof open>, prefix: string): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < 301; i++) times.push((await timed(() => people.create(person(`${prefix}${i}`)))).ms);
  return times.sort((a, b) => a - b)[150] as number;
}

async function benchPeople() {
  const count = Number(args.people);
  let people = open();
  await people.start();
  for (let i = 0; i < 10; i++) await people.create(person(`first${i}`));
  const with10Ms = await enrolmentMs(people, 'a');
  const filling = await timed(async () => {
    for (let at = 0; at < count; at += 500) {
      await Promise.all(Array.from({ length: 500 }, (_, i) => people.create(person(`p${at + i}`))));
    }
  });
  const withManyMs = await enrolmentMs(people, 'b');
  await people.stop();
  const fileBytes = statSync(path).size;
  people = open();
  const load = await timed(() => people.start());
  const loaded = (await people.list()).length;
  const removal = await timed(() => people.remove({ gallery: 'default', id: 'p7' }));
  await people.stop();
  return {
    people: loaded,
    encrypted: !args.plain,
    embeddingLength: Number(args.length),
    enrolmentMs: { with10: with10Ms, withMany: withManyMs, ratio: withManyMs / with10Ms },
    enrolmentsPerSecond500AtATime: count / (filling.ms / 1_000),
    fileBytes,
    loadMs: load.ms,
    removalMs: removal.ms,
  };
}

async function benchJournal() {
  const options = {
    directory: join(directory, 'journal'),
    device: 'box',
    clock: new SystemClock(),
    log: silentLog,
  };
  const limits = { keepDays: 365, maxBytes: 1e12 };
  let journal = new JournalLog({ ...options, ...limits });
  await journal.start();
  const count = Number(args.events);
  const append = (type: 'access.granted' | 'access.denied') =>
    journal.append({ type, door: 'front', score: 0.61, margin: 0.2, distanceM: 1.1, latencyMs: 40 });
  const ordinary = await timed(async () => {
    for (let i = 0; i < count; i++) {
      append('access.denied');
      if (i % 5_000 === 0) await journal.flush();
    }
    await journal.flush();
  });
  const grants = await timed(async () => {
    for (let i = 0; i < 300; i++) {
      append('access.granted');
      await journal.flush();
    }
  });
  await journal.stop();
  journal = new JournalLog({ ...options, ...limits });
  const start = await timed(() => journal.start());
  const drain = await timed(async () => {
    let seq = 0;
    for (;;) {
      const part = await journal.read(seq, 500);
      if (part.length === 0) return seq;
      seq = part.at(-1)?.seq ?? seq;
    }
  });
  await journal.stop();
  return {
    events: drain.result,
    appendsPerSecond: count / (ordinary.ms / 1_000),
    syncedGrantMs: grants.ms / 300,
    startMs: start.ms,
    readsPerSecond: drain.result / (drain.ms / 1_000),
  };
}

try {
  const result = { people: await benchPeople(), journal: await benchJournal() };
  process.stdout.write(
    `${JSON.stringify(result, (_, v) => (typeof v === 'number' ? Math.round(v * 100) / 100 : v), 2)}\n`,
  );
} finally {
  rmSync(directory, { recursive: true, force: true });
}
