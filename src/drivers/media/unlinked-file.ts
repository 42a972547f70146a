import { randomUUID } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { LimenError } from '../../core/errors.ts';

/**
 * Where a child of `FfmpegProgram` finds its `inputFd`. Opening it anew gives the child a position of its own in the
 * same file, so that it can seek (the index of an MP4 often stands at the end) and be started twice.
 */
export const INPUT_PATH = '/dev/fd/4';

/**
 * Runs `use` with a descriptor of a file (0600) that holds `bytes` and has no name any more: whatever happens to this
 * process, nothing of an upload stays on the disk.
 * @throws LimenError `store_fault` when the directory takes no file
 */
export async function withUnlinkedFile<T>(
  directory: string,
  bytes: Uint8Array,
  use: (fd: number) => Promise<T>,
): Promise<T> {
  const file = await create(directory, bytes);
  try {
    return await use(file.fd);
  } finally {
    await file.close();
  }
}

async function create(directory: string, bytes: Uint8Array): Promise<FileHandle> {
  const path = join(directory, `upload-${randomUUID()}`);
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'wx+', 0o600);
    await unlink(path);
    await file.writeFile(bytes);
    return file;
  } catch (cause) {
    await file?.close();
    throw new LimenError('store_fault', `the directory ${directory} takes no upload`, { cause });
  }
}
