import { randomBytes } from 'node:crypto';
import { LimenError } from '../../core/errors.ts';
import { crc32 } from './crc32.ts';

const MAGIC = Buffer.from('LIMENLOG', 'latin1');
const FORMAT_VERSION = 1;
const KIND_BYTES = 16;
const MARK_BYTES = 20;
/** In different 512-byte sectors, so that a torn write of one leaves the other. */
const MARK_OFFSETS = [512, 2048] as const;
/** Offset of the first frame. */
export const HEADER_BYTES = 4096;

/** How far the log was acknowledged, and the number of this statement. */
export interface CommitMark {
  readonly committed: number;
  readonly serial: number;
}

export interface LogHeader {
  /** Seeds every CRC of this file, so that frames of another generation never pass for its own. */
  readonly salt: number;
  readonly mark: CommitMark;
  /** Marks found damaged (0 or 1). */
  readonly damagedMarks: number;
}

export function newSalt(): number {
  return randomBytes(4).readUInt32LE(0);
}

/** A whole header whose two marks both say `committed`. */
export function encodeHeader(kind: string, salt: number, committed: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(header, 0);
  header.writeUInt16LE(FORMAT_VERSION, 8);
  header.write(kind, 12, KIND_BYTES, 'latin1');
  header.writeUInt32LE(salt, 28);
  header.writeUInt32LE(crc32(header.subarray(0, 32)), 32);
  for (const serial of [1, 2]) {
    const { bytes, offset } = encodeMark({ committed, serial }, salt);
    bytes.copy(header, offset);
  }
  return header;
}

/** The mark and where it belongs; successive serials alternate between the two places. */
export function encodeMark(mark: CommitMark, salt: number): { bytes: Buffer; offset: number } {
  const bytes = Buffer.alloc(MARK_BYTES);
  bytes.writeBigUInt64LE(BigInt(mark.committed), 0);
  bytes.writeBigUInt64LE(BigInt(mark.serial), 8);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 16), salt), 16);
  return { bytes, offset: MARK_OFFSETS[mark.serial % 2] as number };
}

/** @throws LimenError `store_corrupt` */
export function decodeHeader(header: Uint8Array, kind: string, path: string): LogHeader {
  const bytes = Buffer.from(header.buffer, header.byteOffset, header.byteLength);
  const refuse = (what: string) => new LimenError('store_corrupt', `${path}: ${what}`);
  if (bytes.length < HEADER_BYTES) throw refuse(`only ${bytes.length} bytes, shorter than its header`);
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) throw refuse('this is not a Limen log');
  if (bytes.readUInt32LE(32) !== crc32(bytes.subarray(0, 32))) throw refuse('the header is damaged');
  const version = bytes.readUInt16LE(8);
  if (version !== FORMAT_VERSION) throw refuse(`format ${version}, this program reads ${FORMAT_VERSION}`);
  const found = bytes.toString('latin1', 12, 12 + KIND_BYTES).replace(/\0+$/, '');
  if (found !== kind) throw refuse(`holds ${found}, not ${kind}`);
  const salt = bytes.readUInt32LE(28);
  const marks = MARK_OFFSETS.map((offset) => decodeMark(bytes.subarray(offset, offset + MARK_BYTES), salt));
  const good = marks.filter((mark) => mark !== undefined).sort((a, b) => b.serial - a.serial);
  if (good[0] === undefined) throw refuse('both commit marks are damaged');
  return { salt, mark: good[0], damagedMarks: marks.length - good.length };
}

function decodeMark(bytes: Buffer, salt: number): CommitMark | undefined {
  if (bytes.readUInt32LE(16) !== crc32(bytes.subarray(0, 16), salt)) return undefined;
  return { committed: Number(bytes.readBigUInt64LE(0)), serial: Number(bytes.readBigUInt64LE(8)) };
}
