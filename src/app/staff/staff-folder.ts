import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { LimenError } from '../../core/errors.ts';
import { byGalleryAndId, checkPersonRef, formatPersonRef, type PersonRef } from '../../core/person.ts';
import { fileUnusable } from '../given-file.ts';
import type { Staff, StaffPicture, StaffProblem } from './staff-entry.ts';

/** Files that are meant as pictures; whether they are one that Limen takes, their bytes say later. */
const PICTURES = new Set(
  '.jpg .jpeg .jpe .jfif .png .webp .avif .heic .heif .gif .tif .tiff .bmp .jp2 .svg'.split(' '),
);
/** Deeper folders than GALLERY/ID are no staff folder. */
const MAX_DEPTH = 3;
const MAX_FILES = 200_000;

const LAYOUT = 'lay pictures as ID.jpg, GALLERY/ID.jpg or GALLERY/ID/any-name.jpg';

/**
 * Staff photographs by their place: `ID.jpg` in the gallery given, `GALLERY/ID.jpg`, and several of one person as
 * `GALLERY/ID/*.jpg`. Hidden files are left out; links are not followed.
 * @throws LimenError `file_unusable`; `usage` when it holds too much
 */
export async function readStaffFolder(directory: string, gallery: string): Promise<Staff> {
  const found = new Map<string, { person: PersonRef; pictures: StaffPicture[] }>();
  const problems: StaffProblem[] = [];
  let files = 0;
  const visit = async (inside: readonly string[]): Promise<void> => {
    for (const entry of await entriesOf(join(directory, ...inside))) {
      if (entry.name.startsWith('.')) continue;
      const place = [...inside, entry.name];
      const shown = place.join(sep);
      if (++files > MAX_FILES)
        throw new LimenError('usage', `${directory} holds more than ${MAX_FILES} files`);
      if (entry.isDirectory()) {
        if (place.length < MAX_DEPTH) await visit(place);
        else problems.push({ shown, message: 'a folder too deep', advice: LAYOUT });
      } else if (entry.isSymbolicLink()) {
        problems.push({ shown, message: 'a link', advice: 'put the file itself there' });
      } else if (PICTURES.has(extname(entry.name).toLowerCase())) {
        const person = personOf(place, gallery);
        const wrong = checkPersonRef(person);
        if (wrong !== undefined) {
          problems.push({ shown, message: wrong, advice: 'rename it: folder and file name say who it is' });
          continue;
        }
        const key = formatPersonRef(person);
        const member = found.get(key) ?? { person, pictures: [] };
        member.pictures.push({ path: join(directory, ...place), shown });
        found.set(key, member);
      }
    }
  };
  await visit([]);
  return { members: [...found.values()].sort((a, b) => byGalleryAndId(a.person, b.person)), problems };
}

/** In the order of their names, so that every run goes the same way. */
async function entriesOf(directory: string): Promise<Dirent[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (cause) {
    throw fileUnusable(directory, cause);
  }
}

function personOf(place: readonly string[], gallery: string): PersonRef {
  const [first = '', second = ''] = place;
  const bare = (name: string) => name.slice(0, name.length - extname(name).length).normalize('NFC');
  if (place.length === 1) return { gallery, id: bare(first) };
  return { gallery: first.normalize('NFC'), id: place.length === 2 ? bare(second) : second.normalize('NFC') };
}
