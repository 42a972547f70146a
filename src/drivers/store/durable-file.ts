import { copyFile, type FileHandle, link, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LimenError } from '../../core/errors.ts';

/** Files of the state directory are the daemon's own. */
export const FILE_MODE = 0o600;

export function previousPath(path: string): string {
  return `${path}.prev`;
}

/** An operating system error as the store's own, naming what was being done. */
export function storeFault(action: string, cause: unknown): LimenError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new LimenError('store_fault', `${action}: ${reason}`, { cause });
}

export function hasErrno(cause: unknown, ...codes: readonly string[]): boolean {
  return cause instanceof Error && 'code' in cause && codes.includes(String(cause.code));
}

/** A file's bytes; undefined when there is none. @throws LimenError `store_fault` */
export async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (cause) {
    if (hasErrno(cause, 'ENOENT')) return undefined;
    throw storeFault(`reading ${path}`, cause);
  }
}

/** Writes all of `bytes` at `position`; the kernel may take fewer at a time. */
export async function writeFully(
  handle: Pick<FileHandle, 'write'>,
  bytes: Uint8Array,
  position: number,
): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const rest = bytes.length - written;
    const { bytesWritten } = await handle.write(bytes, written, rest, position + written);
    if (bytesWritten === 0) throw new Error('the disk took no bytes');
    written += bytesWritten;
  }
}

/** Makes names created, replaced or removed in `directory` durable. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * A file's next content, written beside it and put in its place as a whole: temp file in the same directory,
 * fsync, rename, fsync of the directory. Until `commit` the file itself is untouched and every failure harmless;
 * a failure in `commit` leaves it open which of the two generations a crash would find, so the caller must stop
 * trusting the file until it is read again.
 */
export class StagedFile {
  readonly #path: string;
  readonly #stagedPath: string;
  #handle: FileHandle | undefined;
  #length = 0;

  constructor(path: string) {
    this.#path = path;
    this.#stagedPath = `${path}.tmp`;
  }

  /** Bytes appended so far. */
  get length(): number {
    return this.#length;
  }

  async begin(): Promise<void> {
    this.#handle = await open(this.#stagedPath, 'w', FILE_MODE);
  }

  async append(bytes: Uint8Array): Promise<void> {
    await writeFully(this.#opened(), bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Overwrites bytes appended before. */
  async patch(bytes: Uint8Array, position: number): Promise<void> {
    await writeFully(this.#opened(), bytes, position);
  }

  /** `previous`: keep the replaced generation beside the new one, or see to it that none is left. */
  async commit(previous: 'keep' | 'drop' | 'leave'): Promise<void> {
    const handle = this.#opened();
    await handle.sync();
    await handle.close();
    this.#handle = undefined;
    if (previous === 'keep') await keepPrevious(this.#path);
    // Before the rename: once a removal has become visible, no older generation may survive a crash.
    if (previous === 'drop') {
      await rm(previousPath(this.#path), { force: true });
      await rm(`${previousPath(this.#path)}.tmp`, { force: true });
    }
    await rename(this.#stagedPath, this.#path);
    await syncDirectory(dirname(this.#path));
  }

  /** Gives up; never throws. */
  async discard(): Promise<void> {
    await this.#handle?.close().catch(() => undefined);
    this.#handle = undefined;
    await rm(this.#stagedPath, { force: true }).catch(() => undefined);
  }

  #opened(): FileHandle {
    if (this.#handle === undefined) throw new Error('the staged file is not open');
    return this.#handle;
  }
}

/** Removes what a crash between staging and renaming left beside `path`. */
export async function removeStaged(path: string): Promise<void> {
  await rm(`${path}.tmp`, { force: true });
  await rm(`${previousPath(path)}.tmp`, { force: true });
}

/** Gives the current file a second name, so that it is never absent; a file system without links gets a copy. */
async function keepPrevious(path: string): Promise<void> {
  const staged = `${previousPath(path)}.tmp`;
  await rm(staged, { force: true });
  try {
    await link(path, staged);
  } catch (cause) {
    if (hasErrno(cause, 'ENOENT')) return;
    if (!hasErrno(cause, 'EPERM', 'ENOSYS', 'EOPNOTSUPP', 'ENOTSUP', 'EMLINK')) throw cause;
    await copyFile(path, staged);
    const handle = await open(staged, 'r+');
    await handle.sync().finally(() => handle.close());
  }
  await rename(staged, previousPath(path));
}
