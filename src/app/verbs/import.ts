import { stat, writeFile } from 'node:fs/promises';
import { Progress } from '../../api/cli/progress.ts';
import type { ImportArgs, Io } from '../../api/cli/verbs.ts';
import { LimenError } from '../../core/errors.ts';
import { checkPersonRef } from '../../core/person.ts';
import { loadPack } from '../../drivers/inference/packs/load-pack.ts';
import { withDesk } from '../desk/open-desk.ts';
import type { PeopleDesk } from '../desk/people-desk.ts';
import { withTrialDesk } from '../desk/trial-desk.ts';
import { fileUnusable } from '../given-file.ts';
import { openSession, type Session } from '../session.ts';
import { enrolStaff, type StaffRow } from '../staff/enrol-staff.ts';
import type { Staff } from '../staff/staff-entry.ts';
import { readStaffFolder } from '../staff/staff-folder.ts';
import { readStaffList } from '../staff/staff-list.ts';
import { countRows, staffCsv, staffReport } from '../staff/staff-report.ts';

/** `limen import`: everybody of a folder or list of photographs; what was refused is told with its reason. */
export async function importStaff(args: ImportArgs, io: Io): Promise<number> {
  const session = openSession(args, io, { quiet: true });
  const { config, clock } = session;
  const staff = await readStaff(args, config.http.defaultGallery);
  const { embedder } = await loadPack(config.models.pack);
  const rows: StaffRow[] = [];
  const progress = new Progress(io.stderr, args.dryRun ? 'examining' : 'enrolling');
  const work = (desk: PeopleDesk) =>
    enrolStaff({
      desk,
      staff,
      clock,
      signal: io.signal,
      modelId: embedder.modelId,
      maxImageBytes: config.http.maxImageBytes,
      add: args.add,
      force: args.force,
      onProgress: (part, who) => progress.update(part, who),
      onRow: (row) => void rows.push(row),
    });
  try {
    await atDesk(args, session, io, work).finally(() => progress.end());
  } finally {
    // also when the daemon went away or the disk is full: what is done is done
    await tell(args, io, rows);
  }
  return countRows(rows).refused === 0 ? 0 : 1;
}

function atDesk(args: ImportArgs, session: Session, io: Io, work: (desk: PeopleDesk) => Promise<void>) {
  return args.dryRun ? withTrialDesk(session, io, work) : withDesk(session, io, { load: true }, work);
}

async function readStaff({ source, gallery }: ImportArgs, defaultGallery: string): Promise<Staff> {
  if (gallery !== undefined) {
    const wrong = checkPersonRef({ gallery, id: 'any' });
    if (wrong !== undefined) throw new LimenError('usage', `--gallery ${gallery}: ${wrong}`);
  }
  const found = await stat(source).catch((cause: Error) => {
    throw fileUnusable(source, cause);
  });
  const read = found.isDirectory() ? readStaffFolder : readStaffList;
  const staff = await read(source, gallery ?? defaultGallery);
  if (staff.members.length > 0 || staff.problems.length > 0) return staff;
  throw new LimenError('usage', `${source} holds no pictures; \`limen help import\` shows how they lie`);
}

async function tell({ json, dryRun, report }: ImportArgs, io: Io, rows: readonly StaffRow[]): Promise<void> {
  if (report !== undefined) {
    await writeFile(report, staffCsv(rows), { mode: 0o600 }).catch((cause: Error) => {
      throw fileUnusable(report, cause);
    });
  }
  if (json) await io.stdout.json({ dryRun, ...countRows(rows), results: rows });
  else await io.stdout.write(staffReport(rows, { dryRun }));
}
