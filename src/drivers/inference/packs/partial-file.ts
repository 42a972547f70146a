import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LimenError } from '../../../core/errors.ts';
import { abandonedTemporaries, install, releaseTemporary, reserveTemporary } from './temporary-file.ts';

/**
 * A download on its way to `target`: hashed while it grows, never longer than it may be, and taken up again by the
 * next pull when this one ends early. The target appears only by `install`. Disk faults are `state_unwritable`.
 */
export class PartialFile {
  readonly #target: string;
  readonly #path: string;
  readonly #maxBytes: number;
  readonly #handle: FileHandle;
  #hash: Hash = createHash('sha256');
  #size = 0;
  #pieces = 0;

  private constructor(target: string, path: string, maxBytes: number, handle: FileHandle) {
    this.#target = target;
    this.#path = path;
    this.#maxBytes = maxBytes;
    this.#handle = handle;
  }

  /** Takes up the longest download of `target` whose process is gone, or starts an empty one. */
  static async open(target: string, maxBytes: number): Promise<PartialFile> {
    const path = reserveTemporary(target);
    let handle: FileHandle | undefined;
    try {
      await mkdir(dirname(target), { recursive: true });
      await adoptLongest(target, path, maxBytes);
      handle = await open(path, 'a');
      const partial = new PartialFile(target, path, maxBytes, handle);
      await partial.#readBack();
      return partial;
    } catch (cause) {
      await handle?.close();
      releaseTemporary(path);
      throw unwritable(target, cause);
    }
  }

  get size(): number {
    return this.#size;
  }

  get complete(): boolean {
    return this.#size === this.#maxBytes;
  }

  /** Whether the bytes come from more than one answer, so that a wrong hash may be the seam's fault. */
  get stitched(): boolean {
    return this.#pieces > 1;
  }

  get sha256(): string {
    return this.#hash.copy().digest('hex');
  }

  /** Says that what is appended from here on comes from another answer. */
  beginPiece(): void {
    this.#pieces += 1;
  }

  /** Appends unless that would make the file longer than it may be: then nothing is written and this is false. */
  async append(chunk: Uint8Array): Promise<boolean> {
    if (this.#size + chunk.length > this.#maxBytes) return false;
    try {
      await this.#handle.appendFile(chunk);
    } catch (cause) {
      throw unwritable(this.#target, cause);
    }
    this.#hash.update(chunk);
    this.#size += chunk.length;
    return true;
  }

  /** Empties the file. */
  async restart(): Promise<void> {
    try {
      await this.#handle.truncate(0);
    } catch (cause) {
      throw unwritable(this.#target, cause);
    }
    this.#hash = createHash('sha256');
    this.#size = 0;
    this.#pieces = 0;
  }

  /** Makes it the target, durably. */
  async install(): Promise<void> {
    await this.#handle.close();
    try {
      await install(this.#path, this.#target);
    } catch (cause) {
      throw unwritable(this.#target, cause);
    } finally {
      releaseTemporary(this.#path);
    }
  }

  /** Leaves what there is for the next pull. */
  async keep(): Promise<void> {
    await this.#handle.close();
    if (this.#size === 0) await rm(this.#path, { force: true });
    releaseTemporary(this.#path);
  }

  async discard(): Promise<void> {
    await this.#handle.close();
    await rm(this.#path, { force: true });
    releaseTemporary(this.#path);
  }

  async #readBack(): Promise<void> {
    for await (const chunk of createReadStream(this.#path)) {
      this.#hash.update(chunk as Buffer);
      this.#size += (chunk as Buffer).length;
    }
    if (this.#size > 0) this.#pieces = 1;
  }
}

/** Gives the longest usable leftover the name `path` and removes the others; a leftover just taken is not ours. */
async function adoptLongest(target: string, path: string, maxBytes: number): Promise<void> {
  const leftovers: { leftover: string; size: number }[] = [];
  for (const leftover of await abandonedTemporaries(target)) {
    const size = await stat(leftover).then(
      (found) => found.size,
      () => 0,
    );
    leftovers.push({ leftover, size });
  }
  leftovers.sort((a, b) => b.size - a.size);
  let adopted = false;
  for (const { leftover, size } of leftovers) {
    if (adopted || size > maxBytes || size === 0) await rm(leftover, { force: true });
    else {
      adopted = await rename(leftover, path).then(
        () => true,
        () => false,
      );
    }
  }
}

function unwritable(target: string, cause: unknown): LimenError {
  return new LimenError('state_unwritable', `Cannot write ${target}: ${(cause as Error).message}.`, {
    cause,
  });
}
