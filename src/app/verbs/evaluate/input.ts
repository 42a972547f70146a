import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LimenError } from '../../../core/errors.ts';
import { fileUnusable, readGiven } from '../../given-file.ts';

const PICTURE = /\.(jpe?g|png|webp|avif)$/i;
export const CLIP = /\.(mp4|mov|webm|mkv)$/i;

export interface NamedFile {
  /** As figures name it. */
  readonly file: string;
  readonly path: string;
}

/** @throws LimenError `file_unusable` */
export async function readText(path: string): Promise<string> {
  return new TextDecoder().decode(await readGiven(path));
}

/**
 * Pictures, and with `clips` also clips, below a directory, in order of name; links are followed.
 * @throws LimenError `usage` when there is none
 */
export async function filesBelow(
  directory: string,
  options: { readonly clips: boolean },
): Promise<NamedFile[]> {
  const names = await entries(directory);
  const wanted = names.filter((name) => PICTURE.test(name) || (options.clips && CLIP.test(name)));
  if (wanted.length === 0) throw new LimenError('usage', `${directory} holds no pictures`);
  return wanted.sort().map((file) => ({ file, path: join(directory, file) }));
}

/** Directories of a directory with what lies below each: DIR/PERSON/picture. @throws LimenError `usage` */
export async function peopleBelow(directory: string): Promise<{ person: string; files: NamedFile[] }[]> {
  const files = await filesBelow(directory, { clips: false });
  const people = new Map<string, NamedFile[]>();
  for (const each of files) {
    const [person = '', ...rest] = each.file.split('/');
    if (rest.length > 0) people.set(person, [...(people.get(person) ?? []), each]);
  }
  if (people.size === 0) {
    throw new LimenError('usage', `${directory} holds no directories; put each person's pictures into one`);
  }
  return [...people].map(([person, theirs]) => ({ person, files: theirs }));
}

async function entries(directory: string): Promise<string[]> {
  return readdir(directory, { recursive: true }).catch((cause: unknown) => {
    throw fileUnusable(directory, cause);
  });
}
