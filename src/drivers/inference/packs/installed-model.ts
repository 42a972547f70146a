import { join } from 'node:path';
import type { ModelOrigin } from '../../../core/model-pack.ts';
import { hashFile } from './file-hash.ts';

export type DownloadOrigin = Extract<ModelOrigin, { kind: 'download' }>;

export type Installed =
  | { readonly state: 'ok'; readonly path: string }
  | { readonly state: 'missing' }
  /** Files of that name are there, and none is the one that was measured. */
  | { readonly state: 'wrong_hash'; readonly found: readonly { path: string; sha256: string }[] };

/** Looks for a downloaded model in the directories in turn; only a file with the manifest's sha256 counts. */
export async function findInstalled(
  { file, origin }: { file: string; origin: DownloadOrigin },
  directories: readonly string[],
): Promise<Installed> {
  const found: { path: string; sha256: string }[] = [];
  for (const directory of directories) {
    const path = join(directory, file);
    const actual = await hashFile(path);
    if (actual === undefined) continue;
    if (actual.sha256 === origin.sha256) return { state: 'ok', path };
    found.push({ path, sha256: actual.sha256 });
  }
  return found.length > 0 ? { state: 'wrong_hash', found } : { state: 'missing' };
}

/** The directories of `LIMEN_MODELS_PATH`: colon-separated, empty parts dropped. */
export function parseSearchPath(value: string | undefined): string[] {
  return (value ?? '').split(':').filter((directory) => directory !== '');
}
