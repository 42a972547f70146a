import type { FileHandle } from 'node:fs/promises';
import { payloadOf } from './frames.ts';

const WINDOW_BYTES = 128 * 1024;

/** Where a record's frame stands in a log. */
export interface Place {
  readonly offset: number;
  /** Of the whole frame. */
  readonly bytes: number;
}

/** Reads single frames of a log, best in the order in which they stand there. */
export class StandingFrames {
  readonly #handle: Pick<FileHandle, 'read'>;
  readonly #salt: number;
  #window = Buffer.allocUnsafe(WINDOW_BYTES);
  #from = 0;
  #filled = 0;

  constructor(handle: Pick<FileHandle, 'read'>, salt: number) {
    this.#handle = handle;
    this.#salt = salt;
  }

  /** Valid until the next call; undefined when there is no whole frame of that length, or it is damaged. */
  async payload({ offset, bytes }: Place): Promise<Buffer | undefined> {
    if (offset < this.#from || offset + bytes > this.#from + this.#filled) await this.#read(offset, bytes);
    const at = offset - this.#from;
    if (at + bytes > this.#filled) return undefined;
    return payloadOf(this.#window.subarray(at, at + bytes), this.#salt);
  }

  async #read(offset: number, bytes: number): Promise<void> {
    if (bytes > this.#window.length) this.#window = Buffer.allocUnsafe(bytes);
    this.#from = offset;
    this.#filled = 0;
    while (this.#filled < this.#window.length) {
      const wanted = this.#window.length - this.#filled;
      const { bytesRead } = await this.#handle.read(
        this.#window,
        this.#filled,
        wanted,
        offset + this.#filled,
      );
      if (bytesRead === 0) return;
      this.#filled += bytesRead;
    }
  }
}
