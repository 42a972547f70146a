import { readFile, stat } from 'node:fs/promises';
import { formatPersonRef, type PersonRef } from '../../core/person.ts';
import { type Clock, delay } from '../../core/ports/clock.ts';
import type { DeskAnswer, EnrolOptions, PeopleDesk } from '../desk/people-desk.ts';
import type { Staff, StaffMember, StaffPicture } from './staff-entry.ts';

/** What became of one picture. */
export interface StaffRow {
  /** Absent where the entry did not say. */
  readonly person?: PersonRef;
  readonly file: string;
  readonly result: 'enrolled' | 'already_enrolled' | 'refused';
  readonly code?: string;
  readonly message?: string;
  readonly advice?: string;
}

export interface StaffImport {
  readonly desk: PeopleDesk;
  readonly staff: Staff;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Of the running pack: whoever has faces of other models only is enrolled again. */
  readonly modelId: string;
  readonly maxImageBytes: number;
  /** Adds the pictures of people who are enrolled already. */
  readonly add: boolean;
  /** Enrols although the face is known under another id. */
  readonly force: boolean;
  /** How much is done, 0 … 1, and who is next. */
  readonly onProgress: (part: number, who: string) => void;
  /** Called for each picture in turn, so that a failure on the way does not hide what is done. */
  readonly onRow: (row: StaffRow) => void;
}

/** A daemon that is busy with uploads is asked again after this, ms; so many times. */
const BUSY_WAIT_MS = 2_000;
const BUSY_TRIES = 60;

/**
 * Enrols everybody of a folder or list who is not enrolled yet, one after the other. Ends between two people when
 * `signal` aborts, so that nobody is left with half of their pictures; a second run goes on from there.
 * @throws LimenError as the desk; what was told to `onRow` before is done
 */
export async function enrolStaff(parts: StaffImport): Promise<void> {
  const { desk, staff, signal } = parts;
  for (const problem of staff.problems) {
    const { shown, message, advice } = problem;
    parts.onRow({ file: shown, result: 'refused', code: 'bad_request', message, advice });
  }
  const there = new Map<string, number>();
  for (const { gallery, id, faces } of await desk.list()) {
    const current = faces.filter(({ modelId }) => modelId === parts.modelId);
    there.set(formatPersonRef({ gallery, id }), current.length);
  }
  for (const [index, member] of staff.members.entries()) {
    signal.throwIfAborted();
    const who = formatPersonRef(member.person);
    parts.onProgress(index / staff.members.length, who);
    const faces = there.get(who) ?? 0;
    if (faces > 0 && !parts.add) tellThere(parts, member, faces);
    else for (const picture of member.pictures) parts.onRow(await enrolPicture(parts, member, picture));
  }
}

function tellThere({ onRow }: StaffImport, { person, pictures }: StaffMember, faces: number): void {
  for (const { shown } of pictures) {
    const message = `has ${faces} ${faces === 1 ? 'face' : 'faces'} already`;
    onRow({ person, file: shown, result: 'already_enrolled', message });
  }
}

async function enrolPicture(
  parts: StaffImport,
  member: StaffMember,
  { path, shown }: StaffPicture,
): Promise<StaffRow> {
  const { person, name, validFrom, validUntil } = member;
  const options = {
    force: parts.force,
    ...(name !== undefined && { name }),
    ...(validFrom !== undefined && { validFrom }),
    ...(validUntil !== undefined && { validUntil }),
  };
  const read = await readPicture(path, parts.maxImageBytes);
  const answer = 'bytes' in read ? await patiently(parts, person, read.bytes, options) : read;
  if (answer.ok) return { person, file: shown, result: 'enrolled' };
  const { code, message, advice } = answer;
  return { person, file: shown, result: 'refused', code, message, advice };
}

async function patiently(
  { desk, clock, signal }: StaffImport,
  person: PersonRef,
  bytes: Uint8Array,
  options: EnrolOptions,
): Promise<DeskAnswer> {
  for (let tries = 1; ; tries++) {
    const answer = await desk.enrol(person, bytes, options);
    if (answer.ok || answer.code !== 'busy' || tries >= BUSY_TRIES) return answer;
    await delay(clock, BUSY_WAIT_MS, signal);
  }
}

async function readPicture(
  path: string,
  maxBytes: number,
): Promise<{ readonly bytes: Uint8Array } | Extract<DeskAnswer, { ok: false }>> {
  try {
    const { size } = await stat(path);
    if (size <= maxBytes) return { bytes: await readFile(path) };
    const message = `the picture has ${(size / 1e6).toFixed(1)} MB, at most ${maxBytes / 1e6} are accepted`;
    return { ok: false, code: 'too_large', message, advice: 'Save it smaller.' };
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === 'EACCES' ? 'this user may not read it' : message;
    return { ok: false, code: 'not_found', message: why, advice: 'Check the file and its permissions.' };
  }
}
