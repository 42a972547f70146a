import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LimenError } from '../../core/errors.ts';
import type { Log } from '../../core/ports/log.ts';
import { FILE_MODE, syncDirectory } from './durable-file.ts';

/** flock(2), the same numbers on Linux and the BSDs. */
const LOCK_EX = 2;
const LOCK_NB = 4;
const DIRECTORY_MODE = 0o700;

type LockResult = { readonly kind: 'locked' | 'held' } | { readonly kind: 'failed'; readonly errno: number };
/** Takes the lock without waiting. */
type TryLock = (fd: number) => LockResult;

/**
 * The state directory's one writer. The kernel holds the lock for the open file, so it ends with the process however
 * that ends, and neither a left-over file nor a reused process number means anything. The file names the holder for
 * the message only and is never removed: removing it would let two daemons lock two files of one name. Node opens
 * files close-on-exec, so children (ffmpeg) do not keep the lock alive. The descriptor is a bare number on purpose:
 * Node closes a FileHandle that nobody refers to, and a lock must not end because the garbage collector ran.
 */
export class StateLock {
  readonly name = 'state';
  readonly #directory: string;
  readonly #log: Log;
  #fd: number | undefined;

  constructor(options: { readonly directory: string; readonly log: Log }) {
    this.#directory = options.directory;
    this.#log = options.log;
  }

  /**
   * Makes the directory (0700) when there is none, and locks it.
   * @throws LimenError `state_locked` naming the holder, `state_unwritable`, `package_missing`
   */
  async start(): Promise<void> {
    const tryLock = await loadFlock();
    const path = join(this.#directory, 'lock');
    let fd: number;
    try {
      await this.#makeDirectory();
      fd = openSync(path, 'a+', FILE_MODE);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new LimenError('state_unwritable', `${this.#directory}: ${reason}`, { cause });
    }
    try {
      const result = tryLock(fd);
      if (result.kind !== 'locked') throw this.#refusal(result, path);
      ftruncateSync(fd, 0);
      writeSync(fd, `${process.pid}\n`);
    } catch (cause) {
      closeSync(fd);
      throw cause;
    }
    this.#fd = fd;
  }

  /** Idempotent. */
  async stop(): Promise<void> {
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd === undefined) return;
    try {
      ftruncateSync(fd, 0);
    } catch {
      // A full or read-only disk keeps the name of a holder that is gone; the kernel's lock decides, not the name.
    }
    closeSync(fd);
  }

  async #makeDirectory(): Promise<void> {
    const made = await mkdir(this.#directory, { recursive: true, mode: DIRECTORY_MODE });
    if (made !== undefined) await syncDirectory(dirname(made));
    const { mode } = await stat(this.#directory);
    // Not changed here: a directory given by hand may be anything, and the files in it are 0600 in any case.
    if ((mode & 0o077) !== 0) {
      const fields = { directory: this.#directory, mode: (mode & 0o777).toString(8) };
      this.#log.warn(fields, 'others may look into the state directory; chmod 700 closes it');
    }
  }

  #refusal(result: LockResult, path: string): LimenError {
    if (result.kind === 'failed') {
      return new LimenError(
        'state_unwritable',
        `${this.#directory} cannot be locked (errno ${result.errno})`,
      );
    }
    const pid = Number.parseInt(readFileSync(path, 'latin1'), 10);
    const holder = Number.isInteger(pid) ? `process ${pid}` : 'another process';
    return new LimenError('state_locked', `${this.#directory} is in use by ${holder}`);
  }
}

async function loadFlock(): Promise<TryLock> {
  let koffi: typeof import('koffi');
  try {
    koffi = await import('koffi');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const where = `${process.platform}/${process.arch}`;
    const message = `koffi, needed to lock the state directory, does not load on ${where}: ${reason}`;
    throw new LimenError('package_missing', message, { cause });
  }
  const flock = koffi.load(null).func('int flock(int fd, int operation)');
  return (fd) => {
    if (flock(fd, LOCK_EX | LOCK_NB) === 0) return { kind: 'locked' };
    const errno = koffi.errno();
    return errno === koffi.os.errno.EAGAIN ? { kind: 'held' } : { kind: 'failed', errno };
  };
}
