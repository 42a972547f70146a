import { type FileHandle, open, stat } from 'node:fs/promises';
import { LimenError } from '../../core/errors.ts';
import type { Log } from '../../core/ports/log.ts';
import {
  FILE_MODE,
  hasErrno,
  previousPath,
  removeStaged,
  StagedFile,
  storeFault,
  writeFully,
} from './durable-file.ts';
import { scanFrames } from './frames.ts';
import {
  type CommitMark,
  decodeHeader,
  encodeHeader,
  encodeMark,
  HEADER_BYTES,
  newSalt,
} from './log-header.ts';

const COPY_BYTES = 256 * 1024;

export interface OpenedLog {
  readonly handle: FileHandle;
  readonly salt: number;
  readonly mark: CommitMark;
  /** Offset behind the last frame. */
  readonly length: number;
}

export interface LogFile {
  readonly path: string;
  /** What the log holds, at most 16 ASCII characters; a log of another kind is refused. */
  readonly kind: string;
  readonly log: Log;
}

/** Where the bytes cut off a torn end are kept. */
export function tornPath(path: string): string {
  return `${path}.torn`;
}

/**
 * Opens a log, or creates it when there is none, and hands every record to `onRecord` in order.
 *
 * What counts as a torn end: bytes behind the commit mark. The mark is written after the fdatasync of a commit and
 * before its acknowledgement, so whatever lies before it was acknowledged and must be whole: a bad frame or a
 * missing byte there is `store_corrupt`. Behind it lie frames whose commit was under way when the process or the
 * machine stopped: good ones are kept (one may have been acknowledged if a power cut took the mark, which is not
 * itself synced), and the first bad one ends the log; what is cut off is copied aside first.
 *
 * @throws LimenError `store_corrupt` | `store_fault`; the file is then unchanged
 */
export async function openLog(
  file: LogFile,
  onRecord: (payload: Buffer, offset: number) => void,
): Promise<OpenedLog> {
  await removeStaged(file.path);
  const handle = await openOrCreate(file);
  try {
    return await recover(file, handle, onRecord);
  } catch (cause) {
    await handle.close();
    throw cause instanceof LimenError ? cause : storeFault(`reading ${file.path}`, cause);
  }
}

async function openOrCreate(file: LogFile): Promise<FileHandle> {
  try {
    return await open(file.path, 'r+');
  } catch (cause) {
    if (!hasErrno(cause, 'ENOENT')) throw storeFault(`opening ${file.path}`, cause);
  }
  if (await exists(previousPath(file.path))) {
    throw new LimenError(
      'store_corrupt',
      `${file.path} is missing, but its previous generation ${previousPath(file.path)} is there`,
    );
  }
  const staged = new StagedFile(file.path);
  try {
    await staged.begin();
    await staged.append(encodeHeader(file.kind, newSalt(), HEADER_BYTES));
    await staged.commit('leave');
    return await open(file.path, 'r+', FILE_MODE);
  } catch (cause) {
    await staged.discard();
    throw storeFault(`creating ${file.path}`, cause);
  }
}

async function recover(
  file: LogFile,
  handle: FileHandle,
  onRecord: (payload: Buffer, offset: number) => void,
): Promise<OpenedLog> {
  const { size } = await handle.stat();
  const head = Buffer.alloc(Math.min(size, HEADER_BYTES));
  await handle.read(head, 0, head.length, 0);
  const { salt, mark, damagedMarks } = decodeHeader(head, file.kind, file.path);
  if (damagedMarks > 0)
    file.log.warn({ file: file.path }, 'one of two commit marks was damaged; used the other');
  if (size < mark.committed) {
    throw await corrupt(file, `${mark.committed - size} acknowledged bytes are missing at its end`);
  }
  const scan = await scanFrames(handle, { from: HEADER_BYTES, to: size, salt }, (payload, offset) => {
    onRecord(payload, offset);
    return true;
  });
  if (scan.end < mark.committed) {
    throw await corrupt(file, `the record at byte ${scan.end} is damaged (${scan.damage ?? 'misaligned'})`);
  }
  if (scan.end < size) await cutTornEnd(file, handle, scan.end, size);
  if (scan.end === mark.committed) return { handle, salt, mark, length: scan.end };
  await rewrite(handle, mark.committed, scan.end);
  await handle.datasync();
  const next = { committed: scan.end, serial: mark.serial + 1 };
  const { bytes, offset } = encodeMark(next, salt);
  await writeFully(handle, bytes, offset);
  return { handle, salt, mark: next, length: scan.end };
}

async function corrupt(file: LogFile, what: string): Promise<LimenError> {
  const previous = previousPath(file.path);
  const hint = (await exists(previous)) ? `; an older generation is in ${previous}` : '';
  return new LimenError('store_corrupt', `${file.path}: ${what}${hint}`);
}

async function cutTornEnd(file: LogFile, handle: FileHandle, end: number, size: number): Promise<void> {
  const staged = new StagedFile(tornPath(file.path));
  try {
    await staged.begin();
    const chunk = Buffer.allocUnsafe(COPY_BYTES);
    for (let at = end; at < size; ) {
      const { bytesRead } = await handle.read(chunk, 0, Math.min(chunk.length, size - at), at);
      if (bytesRead === 0) break;
      await staged.append(chunk.subarray(0, bytesRead));
      at += bytesRead;
    }
    await staged.commit('leave');
  } catch (cause) {
    await staged.discard();
    throw cause;
  }
  await handle.truncate(end);
  await handle.datasync();
  file.log.warn(
    { file: file.path, bytes: size - end, keptIn: tornPath(file.path) },
    'cut off an unfinished record that was never acknowledged',
  );
}

/**
 * Writes bytes that are readable but perhaps not on disk once more: after a failed fsync the kernel holds such pages
 * as clean, and another fsync would succeed without writing them.
 */
async function rewrite(handle: FileHandle, from: number, to: number): Promise<void> {
  const chunk = Buffer.allocUnsafe(Math.min(COPY_BYTES, to - from));
  for (let at = from; at < to; ) {
    const { bytesRead } = await handle.read(chunk, 0, Math.min(chunk.length, to - at), at);
    if (bytesRead === 0) throw new Error('the file shrank while it was read');
    await writeFully(handle, chunk.subarray(0, bytesRead), at);
    at += bytesRead;
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
