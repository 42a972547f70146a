import type { FileHandle } from 'node:fs/promises';
import { crc32 } from './crc32.ts';

/** length u32 LE, then CRC-32 u32 LE over the length and the payload, seeded with the file's salt. */
export const FRAME_HEADER_BYTES = 8;
/** A person with 100 templates of 4 kB is 0.4 MB; anything longer than this is a damaged length. */
export const MAX_PAYLOAD_BYTES = 16 * 1024 * 1024;
const WINDOW_BYTES = 256 * 1024;

export function frameBytes(payloadBytes: number): number {
  return FRAME_HEADER_BYTES + payloadBytes;
}

/** Bytes of the payload's frame. @throws RangeError when it is empty or longer than `MAX_PAYLOAD_BYTES` */
export function checkedFrameBytes(payload: Uint8Array): number {
  if (payload.length === 0 || payload.length > MAX_PAYLOAD_BYTES) {
    throw new RangeError(`a record has 1 to ${MAX_PAYLOAD_BYTES} bytes, not ${payload.length}`);
  }
  return frameBytes(payload.length);
}

/** `payload` (1 … `MAX_PAYLOAD_BYTES` bytes) as it stands in the file. */
export function encodeFrame(payload: Uint8Array, salt: number): Buffer {
  const frame = Buffer.allocUnsafe(checkedFrameBytes(payload));
  frame.writeUInt32LE(payload.length, 0);
  frame.set(payload, FRAME_HEADER_BYTES);
  frame.writeUInt32LE(frameCrc(frame, salt), 4);
  return frame;
}

/** The payload of a whole frame; undefined when `frame` is none. */
export function payloadOf(frame: Buffer, salt: number): Buffer | undefined {
  if (frame.length <= FRAME_HEADER_BYTES) return undefined;
  if (frame.readUInt32LE(0) !== frame.length - FRAME_HEADER_BYTES) return undefined;
  return frame.readUInt32LE(4) === frameCrc(frame, salt) ? frame.subarray(FRAME_HEADER_BYTES) : undefined;
}

function frameCrc(frame: Buffer, salt: number): number {
  return crc32(frame.subarray(FRAME_HEADER_BYTES), crc32(frame.subarray(0, 4), salt));
}

export type FrameDamage = 'incomplete' | 'checksum';

export interface ScanResult {
  /** Offset behind the last good frame that was passed on. */
  readonly end: number;
  /** Why the scan ended before `to`; absent when it got there or was told to stop. */
  readonly damage?: FrameDamage;
}

/**
 * Reads frames from offset `from` up to `to` in windows of bounded size. `onFrame` gets each payload, which is
 * valid only during the call, and the frame's offset; it may return false to stop.
 */
export async function scanFrames(
  handle: Pick<FileHandle, 'read'>,
  range: { readonly from: number; readonly to: number; readonly salt: number },
  onFrame: (payload: Buffer, offset: number) => boolean | undefined,
): Promise<ScanResult> {
  const window = new Window(handle, range.from, range.to);
  for (;;) {
    if (window.offset >= range.to) return { end: window.offset };
    if (!window.holds(FRAME_HEADER_BYTES) && !(await window.fill(FRAME_HEADER_BYTES))) {
      return { end: window.offset, damage: 'incomplete' };
    }
    const length = window.peek(4).readUInt32LE(0);
    if (length === 0 || length > MAX_PAYLOAD_BYTES) return { end: window.offset, damage: 'checksum' };
    const bytes = frameBytes(length);
    if (!window.holds(bytes) && !(await window.fill(bytes))) {
      return { end: window.offset, damage: 'incomplete' };
    }
    const frame = window.peek(bytes);
    if (frame.readUInt32LE(4) !== frameCrc(frame, range.salt)) {
      return { end: window.offset, damage: 'checksum' };
    }
    const offset = window.offset;
    window.skip(bytes);
    if (onFrame(frame.subarray(FRAME_HEADER_BYTES), offset) === false) return { end: window.offset };
  }
}

/** A moving part of the file, held in one buffer. */
class Window {
  readonly #handle: Pick<FileHandle, 'read'>;
  readonly #to: number;
  #buffer = Buffer.allocUnsafe(WINDOW_BYTES);
  #start = 0;
  #filled = 0;
  #offset: number;

  constructor(handle: Pick<FileHandle, 'read'>, from: number, to: number) {
    this.#handle = handle;
    this.#offset = from;
    this.#to = to;
  }

  /** File offset of the next unread byte. */
  get offset(): number {
    return this.#offset;
  }

  holds(bytes: number): boolean {
    return this.#filled - this.#start >= bytes;
  }

  /** Reads on until `bytes` are held; false when the range ends before. */
  async fill(bytes: number): Promise<boolean> {
    if (this.#offset + bytes > this.#to) return false;
    const held = this.#buffer.subarray(this.#start, this.#filled);
    const target = bytes > this.#buffer.length ? Buffer.allocUnsafe(bytes) : this.#buffer;
    target.set(held);
    this.#buffer = target;
    this.#filled = held.length;
    this.#start = 0;
    while (this.#filled < bytes) {
      const position = this.#offset + this.#filled;
      const wanted = Math.min(target.length - this.#filled, this.#to - position);
      const { bytesRead } = await this.#handle.read(target, this.#filled, wanted, position);
      if (bytesRead === 0) return false;
      this.#filled += bytesRead;
    }
    return true;
  }

  peek(bytes: number): Buffer {
    return this.#buffer.subarray(this.#start, this.#start + bytes);
  }

  skip(bytes: number): void {
    this.#start += bytes;
    this.#offset += bytes;
  }
}
