import { type FileHandle, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LimenError } from '../../../core/errors.ts';
import {
  hasErrno,
  removeStaged,
  StagedFile,
  storeFault,
  syncDirectory,
  writeFully,
} from '../durable-file.ts';
import { formatKeys, parseKeys, type StoreKey } from './store-key.ts';

/** More than two keys need. */
const MAX_BYTES = 4_096;

/** `<state>/store.key`: readable by the daemon's user alone, written as a whole, what it held before overwritten. */
export class KeyFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Removes what a crash left beside it; for the state directory's writer only. */
  tidy(): Promise<void> {
    return removeStaged(this.path);
  }

  /** No keys when there is no file. @throws LimenError `store_key_unsafe` | `store_fault` */
  async read(): Promise<readonly StoreKey[]> {
    const handle = await this.#open('r');
    if (handle === undefined) return [];
    try {
      const { mode, uid, size } = await handle.stat();
      const open = (mode & 0o777).toString(8);
      if ((mode & 0o170000) !== 0o100000)
        throw new LimenError('store_key_unsafe', `${this.path} is not a file`);
      if ((mode & 0o077) !== 0) {
        throw new LimenError('store_key_unsafe', `${this.path} has mode ${open}: others may read it`);
      }
      if (process.getuid !== undefined && uid !== process.getuid()) {
        throw new LimenError('store_key_unsafe', `${this.path} belongs to user ${uid}, not to this one`);
      }
      if (size > MAX_BYTES) throw new LimenError('store_key_unsafe', `${this.path} has ${size} bytes`);
      return parseKeys(await handle.readFile('latin1'), this.path);
    } finally {
      await handle.close();
    }
  }

  /**
   * Durable when it resolves. The former content is overwritten where it lay: what flash translation and copy-on-write
   * file systems keep below that is beyond a program. @throws LimenError `store_fault`
   */
  async write(keys: readonly StoreKey[]): Promise<void> {
    const before = await this.#open('r+');
    const staged = new StagedFile(this.path);
    try {
      await staged.begin();
      await staged.append(Buffer.from(formatKeys(keys)));
      await staged.commit('drop');
      if (before !== undefined) await overwrite(before);
    } catch (cause) {
      await staged.discard();
      throw storeFault(`writing ${this.path}`, cause);
    } finally {
      await before?.close();
    }
  }

  /** Overwrites and removes it. @throws LimenError `store_fault` */
  async destroy(): Promise<void> {
    const before = await this.#open('r+');
    if (before === undefined) return;
    try {
      await rm(this.path);
      await syncDirectory(dirname(this.path));
      await overwrite(before);
    } catch (cause) {
      throw storeFault(`removing ${this.path}`, cause);
    } finally {
      await before.close();
    }
  }

  async #open(flags: 'r' | 'r+'): Promise<FileHandle | undefined> {
    try {
      return await open(this.path, flags);
    } catch (cause) {
      if (hasErrno(cause, 'ENOENT')) return undefined;
      throw storeFault(`opening ${this.path}`, cause);
    }
  }
}

async function overwrite(handle: FileHandle): Promise<void> {
  const { size } = await handle.stat();
  await writeFully(handle, Buffer.alloc(size), 0);
  await handle.datasync();
}
