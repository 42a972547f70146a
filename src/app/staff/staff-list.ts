import { realpath } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { readCsv } from '../../api/cli/csv.ts';
import { byGalleryAndId, checkPersonRef, formatPersonRef } from '../../core/person.ts';
import { fileUnusable, readGiven } from '../given-file.ts';
import type { Staff, StaffMember, StaffPicture, StaffProblem } from './staff-entry.ts';
import { validityInstant } from './validity-instant.ts';

const NEEDED = ['id', 'file'] as const;
const OPTIONAL = ['gallery', 'name', 'validFrom', 'validUntil'] as const;

type Cells = Readonly<Record<(typeof NEEDED)[number] | (typeof OPTIONAL)[number], string>>;

/**
 * Staff photographs by a list with the columns `gallery,id,name,file,validFrom,validUntil`, of which `id` and `file`
 * must be there. Files are named from the list's own folder and may not leave it. Several lines of one person are
 * several pictures.
 * @throws LimenError `file_unusable`
 */
export async function readStaffList(path: string, gallery: string): Promise<Staff> {
  const root = await realRoot(path);
  const found = new Map<string, StaffMember & { pictures: StaffPicture[] }>();
  const problems: StaffProblem[] = [];
  for (const { line, cells } of readCsv(await readText(path), { needed: NEEDED, optional: OPTIONAL }, path)) {
    const shown = `line ${line}: ${cells.file}`;
    const read = await readLine(cells, root, gallery);
    if ('message' in read) {
      problems.push({ shown, ...read });
      continue;
    }
    const { person, path: file, ...details } = read;
    const key = formatPersonRef(person);
    const before = found.get(key);
    // what a later line of the same person leaves out stands as it was
    const pictures = [...(before?.pictures ?? []), { path: file, shown }];
    found.set(key, { ...before, ...details, person, pictures });
  }
  return { members: [...found.values()].sort((a, b) => byGalleryAndId(a.person, b.person)), problems };
}

async function readLine(cells: Cells, root: string, gallery: string) {
  const person = { gallery: cells.gallery.trim() || gallery, id: cells.id.trim() };
  const wrong = checkPersonRef(person);
  if (wrong !== undefined) return { message: wrong, advice: 'correct the line' };
  const place = await placeOf(cells.file.trim(), root);
  if ('message' in place) return place;
  const validity: { validFrom?: string; validUntil?: string } = {};
  for (const column of ['validFrom', 'validUntil'] as const) {
    const text = cells[column].trim();
    if (text === '') continue;
    const instant = validityInstant(text, column === 'validUntil' ? 'end' : 'start');
    if (instant === undefined) {
      return {
        message: `${column} "${text}" is no date`,
        advice: 'write 2026-12-31, or 2026-12-31T18:00:00+01:00',
      };
    }
    validity[column] = instant;
  }
  const name = cells.name.trim();
  return { person, ...place, ...(name !== '' && { name }), ...validity };
}

/** The file itself, inside the list's folder, links followed. */
async function placeOf(
  file: string,
  root: string,
): Promise<{ readonly path: string } | { readonly message: string; readonly advice: string }> {
  if (file === '') return { message: 'no file is named', advice: 'name the picture in the column file' };
  const outside = {
    message: 'the file lies outside the folder of the list',
    advice: 'put pictures beside the list or below it, and name them from there',
  };
  // lists come from Windows as well
  const named = resolve(root, file.replaceAll('\\', sep));
  if (isAbsolute(file) || !within(root, named)) return outside;
  try {
    const path = await realpath(named);
    return within(root, path) ? { path } : outside;
  } catch {
    return { message: 'no such file', advice: 'check the name, capital letters included' };
  }
}

function within(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

async function realRoot(path: string): Promise<string> {
  return realpath(dirname(resolve(path))).catch((cause: unknown) => {
    throw fileUnusable(path, cause);
  });
}

async function readText(path: string): Promise<string> {
  return (await readGiven(path)).toString();
}
