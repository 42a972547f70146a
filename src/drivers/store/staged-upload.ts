import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FILE_MODE, storeFault, writeFully } from './durable-file.ts';

const READ_BYTES = 256 * 1024;

/** Something that came in, to be read more than once: a file that no longer has a name, and goes with `close`. */
export class StagedUpload {
  readonly #handle: FileHandle;
  readonly #bytes: number;

  private constructor(handle: FileHandle, bytes: number) {
    this.#handle = handle;
    this.#bytes = bytes;
  }

  /** Takes all of `source`. @throws LimenError `store_fault`, and what `source` throws */
  static async take(directory: string, source: AsyncIterable<Uint8Array>): Promise<StagedUpload> {
    const path = join(directory, 'upload');
    let handle: FileHandle;
    try {
      await rm(path, { force: true });
      handle = await open(path, 'wx+', FILE_MODE);
    } catch (cause) {
      throw storeFault(`creating ${path}`, cause);
    }
    try {
      await rm(path);
      let bytes = 0;
      for await (const piece of source) {
        await writeFully(handle, piece, bytes).catch((cause: unknown) => {
          throw storeFault('keeping an upload', cause);
        });
        bytes += piece.length;
      }
      return new StagedUpload(handle, bytes);
    } catch (cause) {
      await handle.close();
      throw cause;
    }
  }

  /** All of it, from the start. */
  async *read(): AsyncIterable<Uint8Array> {
    for (let at = 0; at < this.#bytes; ) {
      const piece = Buffer.allocUnsafe(Math.min(READ_BYTES, this.#bytes - at));
      const { bytesRead } = await this.#handle.read(piece, 0, piece.length, at);
      if (bytesRead === 0) return;
      at += bytesRead;
      yield piece.subarray(0, bytesRead);
    }
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}
