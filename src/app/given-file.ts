import { readFile } from 'node:fs/promises';
import { LimenError } from '../core/errors.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or directory',
  EACCES: 'this user may not use it',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of its path is no directory',
  ENOSPC: 'the disk is full',
  EROFS: 'the disk is read-only',
};

/** `file_unusable`, for a path that was given on the command line or in a given list. */
export function fileUnusable(path: string, cause: unknown): LimenError {
  const { code = '', message } = cause as NodeJS.ErrnoException;
  return new LimenError('file_unusable', `${path}: ${REASONS[code] ?? message}`, { cause });
}

/** The bytes of such a file. @throws LimenError `file_unusable` */
export async function readGiven(path: string): Promise<Buffer> {
  return readFile(path).catch((cause: unknown) => {
    throw fileUnusable(path, cause);
  });
}
