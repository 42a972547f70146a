import { type FileHandle, open, rm } from 'node:fs/promises';
import { LimenError } from '../../core/errors.ts';
import { hasErrno, StagedFile, storeFault, writeFully } from './durable-file.ts';
import { checkedFrameBytes, encodeFrame } from './frames.ts';
import { encodeHeader, encodeMark, HEADER_BYTES, newSalt } from './log-header.ts';
import { type LogFile, openLog, tornPath } from './log-recovery.ts';
import { SerialQueue } from './serial-queue.ts';
import { type Place, StandingFrames } from './standing-frames.ts';

/** What may wait for the disk; more is refused with `busy`. */
const MAX_PENDING_BYTES = 64 * 1024 * 1024;
/** Encoded (and encrypted) at a stretch while the log is rewritten; some 80 people, a few milliseconds. */
const REPLACE_CHUNK_BYTES = 64 * 1024;

/** A record of the next generation: its payload, or what makes it of the one that stands at `place` now. */
export type NextRecord =
  | Uint8Array
  | {
      readonly place: Place | undefined;
      /** `standing` is valid only during the call; undefined without a place, and for a frame that is damaged. */
      payload(standing: Uint8Array | undefined): Uint8Array;
    };

interface PendingAppend {
  readonly payloads: readonly Uint8Array[];
  readonly bytes: number;
  resolve(offset: number): void;
  reject(error: LimenError): void;
}

/**
 * Records in the order of their commits, in one file of CRC-framed payloads. Commit = append + fdatasync, shared by
 * all callers that wait at the same time; then the commit mark in the header is moved (not synced: it may lag
 * behind the frames, never run ahead of them), then the callers are told. See `openLog` for what the mark is for.
 *
 * A failed write changes nothing. A failed fsync is never tried again: what the kernel kept is unknown, so every
 * later change is refused with `store_fault` until the file is opened anew.
 */
export class AppendLog {
  readonly #file: LogFile;
  #handle: FileHandle | undefined;
  #salt = 0;
  #serial = 0;
  #length = 0;
  #fault: LimenError | undefined;
  #pending: PendingAppend[] = [];
  #pendingBytes = 0;
  readonly #queue = new SerialQueue();

  constructor(file: LogFile) {
    this.#file = file;
  }

  /** Bytes in the file, header included. */
  get length(): number {
    return this.#length;
  }

  get salt(): number {
    return this.#salt;
  }

  get isOpen(): boolean {
    return this.#handle !== undefined;
  }

  /** The fsync or rename that failed, after which nothing more is written. */
  get fault(): LimenError | undefined {
    return this.#fault;
  }

  /** See `openLog`. A payload is valid only during the call. */
  async open(onRecord: (payload: Buffer, offset: number) => void): Promise<void> {
    const { handle, salt, mark, length } = await openLog(this.#file, onRecord);
    this.#handle = handle;
    this.#salt = salt;
    this.#serial = mark.serial;
    this.#length = length;
    this.#fault = undefined;
  }

  /**
   * Appends the payloads (1 byte … 16 MB each, not to be changed meanwhile) as one commit; resolves with the offset of the first frame once all
   * are on disk. @throws LimenError `store_fault` | `busy`; nothing was changed
   */
  async append(payloads: readonly Uint8Array[]): Promise<number> {
    const bytes = payloads.reduce((sum, payload) => sum + checkedFrameBytes(payload), 0);
    if (this.#pendingBytes + bytes > MAX_PENDING_BYTES) {
      throw new LimenError('busy', `${this.#pendingBytes} bytes already wait for the disk`);
    }
    return new Promise((resolve, reject) => {
      this.#pending.push({ payloads, bytes, resolve, reject });
      this.#pendingBytes += bytes;
      if (this.#pending.length === 1) void this.#queue.run(() => this.#commitPending());
    });
  }

  /**
   * Replaces the whole log by `records`, atomically: the rename is the commit. `drop` also removes the previous
   * generation and cut-off ends before it resolves, so that what is not in `records` is nowhere.
   * Resolves with their places, in order. Not to be called while appends are outstanding. @throws LimenError `store_fault`
   */
  replace(records: Iterable<NextRecord>, previous: 'keep' | 'drop'): Promise<readonly Place[]> {
    return this.#queue.run(() => this.#replace(records, previous));
  }

  /** Waits for what was begun and closes the file. Idempotent. */
  async close(): Promise<void> {
    await this.#queue.run(async () => {
      const handle = this.#handle;
      this.#handle = undefined;
      if (handle === undefined) return;
      // The last mark; without it a power cut costs nothing but the stricter check of the last record.
      if (this.#fault === undefined) await handle.datasync().catch(() => undefined);
      await handle.close();
    });
  }

  #opened(): FileHandle {
    if (this.#fault !== undefined) {
      throw new LimenError('store_fault', `${this.#file.path} is not written since: ${this.#fault.message}`);
    }
    if (this.#handle === undefined) throw new LimenError('store_fault', `${this.#file.path} is closed`);
    return this.#handle;
  }

  /** Never rejects: it tells the callers. */
  async #commitPending(): Promise<void> {
    const batch = this.#pending;
    this.#pending = [];
    this.#pendingBytes = 0;
    try {
      const payloads = batch.flatMap((pending) => pending.payloads);
      const frames = payloads.map((payload) => encodeFrame(payload, this.#salt));
      let offset = await this.#commit(Buffer.concat(frames));
      for (const pending of batch) {
        pending.resolve(offset);
        offset += pending.bytes;
      }
    } catch (cause) {
      const error = cause instanceof LimenError ? cause : storeFault(`writing ${this.#file.path}`, cause);
      for (const pending of batch) pending.reject(error);
    }
  }

  async #commit(frames: Buffer): Promise<number> {
    const handle = this.#opened();
    const start = this.#length;
    try {
      await writeFully(handle, frames, start);
    } catch (cause) {
      await this.#undo(handle, start);
      throw cause;
    }
    try {
      await handle.datasync();
    } catch (cause) {
      this.#fault = storeFault(`fdatasync of ${this.#file.path}`, cause);
      await this.#undo(handle, start);
      throw this.#fault;
    }
    this.#length = start + frames.length;
    await this.#mark(handle);
    return start;
  }

  /** Takes a refused record back out of the file, so that it does not return at the next start. */
  async #undo(handle: FileHandle, length: number): Promise<void> {
    try {
      await handle.truncate(length);
    } catch (cause) {
      this.#fault ??= storeFault(`truncating ${this.#file.path}`, cause);
    }
  }

  /** The commit itself has succeeded by now, so a failure here only stops later ones. */
  async #mark(handle: FileHandle): Promise<void> {
    try {
      const mark = { committed: this.#length, serial: this.#serial + 1 };
      const { bytes, offset } = encodeMark(mark, this.#salt);
      await writeFully(handle, bytes, offset);
      this.#serial = mark.serial;
    } catch (cause) {
      this.#fault = storeFault(`marking ${this.#file.path}`, cause);
    }
  }

  async #replace(records: Iterable<NextRecord>, previous: 'keep' | 'drop'): Promise<readonly Place[]> {
    const before = this.#opened();
    const staged = new StagedFile(this.#file.path);
    const salt = newSalt();
    const places: Place[] = [];
    try {
      await staged.begin();
      await staged.append(encodeHeader(this.#file.kind, salt, 0));
      const frames = nextFrames(records, new StandingFrames(before, this.#salt), salt);
      for await (const chunk of chunks(frames, places)) await staged.append(chunk);
      await staged.patch(encodeHeader(this.#file.kind, salt, staged.length), 0);
    } catch (cause) {
      await staged.discard();
      throw storeFault(`rewriting ${this.#file.path}`, cause);
    }
    try {
      if (previous === 'drop') await rm(tornPath(this.#file.path), { force: true });
      await staged.commit(previous);
      this.#handle = await open(this.#file.path, 'r+');
    } catch (cause) {
      await staged.discard();
      this.#fault = storeFault(`replacing ${this.#file.path}`, cause);
      throw this.#fault;
    }
    this.#salt = salt;
    this.#serial = 2;
    this.#length = staged.length;
    await before.close().catch((cause: unknown) => {
      if (!hasErrno(cause, 'EBADF'))
        this.#file.log.warn({ file: this.#file.path }, 'the old log did not close');
    });
    return places;
  }
}

async function* nextFrames(
  records: Iterable<NextRecord>,
  standing: StandingFrames,
  salt: number,
): AsyncIterable<Buffer> {
  for (const record of records) {
    const payload =
      record instanceof Uint8Array
        ? record
        : record.payload(record.place && (await standing.payload(record.place)));
    yield encodeFrame(payload, salt);
  }
}

/** Tells in `places` where each frame stands. */
async function* chunks(frames: AsyncIterable<Buffer>, places: Place[]): AsyncIterable<Buffer> {
  let waiting: Buffer[] = [];
  let bytes = 0;
  let offset = HEADER_BYTES;
  for await (const frame of frames) {
    places.push({ offset, bytes: frame.length });
    offset += frame.length;
    waiting.push(frame);
    bytes += frame.length;
    if (bytes < REPLACE_CHUNK_BYTES) continue;
    yield Buffer.concat(waiting);
    waiting = [];
    bytes = 0;
  }
  if (waiting.length > 0) yield Buffer.concat(waiting);
}
