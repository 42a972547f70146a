import { open, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { formatPersonRef } from '../../core/person.ts';
import { readPeopleCopy } from '../../drivers/store/people-copy.ts';
import { type Check, type Finding, fail, ok, warn } from './finding.ts';
import type { Patient } from './patient.ts';

/** Room for 250,000 events, 50,000 people, their rewriting, and a pack: below it, warn. */
const ROOM_BYTES = 500e6;
/** Below it the next rewriting of the store may fail. */
const NO_ROOM_BYTES = 50e6;
/** A disk that takes longer for one fsync makes enrolments and grants wait, ms. */
const SLOW_SYNC_MS = 200;
const SHOWN_PEOPLE = 5;

/** The directory that must not forget, and who is in it. */
export function stateChecks(patient: Patient): Check[] {
  return [
    { name: 'state directory', look: () => directory(patient) },
    { name: 'disk', look: () => disk(patient) },
    { name: 'people', look: () => people(patient) },
  ];
}

async function directory({ session: { stateDir }, running }: Patient): Promise<Finding> {
  const check = 'state directory';
  const found = await stat(stateDir).catch((cause: NodeJS.ErrnoException) => cause);
  if (found instanceof Error) {
    if (found.code === 'ENOENT') return ok(check, `${stateDir} is made at the first start`);
    return fail(
      check,
      `${stateDir}: ${found.message}`,
      'give this user access, or name another with --state',
    );
  }
  if (!found.isDirectory()) return fail(check, `${stateDir} is no directory`, 'name another with --state');
  const open = found.mode & 0o077;
  if (open !== 0) {
    const mode = (found.mode & 0o777).toString(8);
    return warn(check, `${stateDir} has mode ${mode}: others may look into it`, `chmod 700 ${stateDir}`);
  }
  return ok(check, `${stateDir}${running ? ', held by the running daemon' : ', not in use'}`);
}

async function disk({ session: { stateDir }, running }: Patient): Promise<Finding> {
  const check = 'disk';
  const place = await nearestDirectory(stateDir);
  const { bavail, bsize } = await statfs(place);
  const free = bavail * bsize;
  const room = `${(free / 1e9).toFixed(1)} GB free`;
  if (free < NO_ROOM_BYTES) return fail(check, room, 'make room: the store cannot be written for long');
  if (free < ROOM_BYTES) return warn(check, room, 'make room, or shorten `journal.keepDays`');
  // the daemon is the directory's one writer
  if (running || place !== stateDir) return ok(check, room);
  const syncMs = await timedSync(stateDir);
  const both = `${room}, one fsync takes ${syncMs.toFixed(1)} ms`;
  return syncMs > SLOW_SYNC_MS
    ? warn(check, both, 'a grant waits for this disk: use a better one than a memory card')
    : ok(check, both);
}

async function nearestDirectory(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined || path === '/' ? path : nearestDirectory(join(path, '..'));
}

async function timedSync(directory: string): Promise<number> {
  const path = join(directory, `.doctor-${process.pid}`);
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.write(Buffer.alloc(4_096));
      const start = performance.now();
      await file.sync();
      return performance.now() - start;
    } finally {
      await file.close();
    }
  } finally {
    await rm(path, { force: true });
  }
}

/** Reads everybody from a copy: the file is not touched. */
async function people({ session, env, pack }: Patient): Promise<Finding> {
  const { stateDir, log } = session;
  const everybody = await readPeopleCopy({ stateDir, credentialsDir: env.CREDENTIALS_DIRECTORY, log });
  const { modelId } = pack.embedder;
  const left = everybody.filter(({ faces }) => !faces.some((face) => face.modelId === modelId));
  const count = `${everybody.length} enrolled`;
  if (everybody.length === 0) {
    return warn('people', 'nobody is enrolled', 'limen enroll default/anna anna.jpg, or limen import DIR');
  }
  if (left.length === 0) return ok('people', `${count}, all of them for pack ${pack.name}`);
  const names = left.slice(0, SHOWN_PEOPLE).map(formatPersonRef).join(', ');
  const more = left.length > SHOWN_PEOPLE ? ` and ${left.length - SHOWN_PEOPLE} more` : '';
  return warn(
    'people',
    `${count}; of these ${left.length} have no face that pack ${pack.name} knows: ${names}${more}`,
    'enrol them again (limen enroll, limen import), or set models.pack back',
  );
}
