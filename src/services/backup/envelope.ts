import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import Type, { type Static } from 'typebox';
import Value from 'typebox/value';
import { LimenError } from '../../core/errors.ts';
import { type Lock, LockSchema } from './backup-key.ts';
import type { ByteReader } from './byte-reader.ts';

const MAGIC = Buffer.from('LIMENBK1', 'latin1');
const ALGORITHM = 'aes-256-gcm';
const TAG_BYTES = 16;
const CHUNK_BYTES = 64 * 1024;
const MAX_HEADER_BYTES = 4_096;

const HeaderSchema = Type.Object({
  lock: LockSchema,
  device: Type.String(),
  /** RFC 3339 UTC. */
  createdAt: Type.String(),
});
export type BackupHeader = Readonly<Omit<Static<typeof HeaderSchema>, 'lock'>> & { readonly lock: Lock };

/**
 * The file: magic, header length u32 LE, header as JSON, then chunks of at most 64 KiB under AES-256-GCM, each behind
 * a flag (1 for the last) and its length u32 LE. The nonce counts the chunks and carries the flag, the header is
 * authenticated with each of them: nothing can be changed, moved, left out or cut off unnoticed.
 */
export async function* sealed(
  header: BackupHeader,
  key: Uint8Array,
  content: AsyncIterable<Uint8Array>,
): AsyncIterable<Uint8Array> {
  const json = Buffer.from(JSON.stringify(header));
  yield Buffer.concat([MAGIC, u32(json.length), json]);
  const bound = digest(json);
  let counter = 0;
  let waiting = Buffer.alloc(0);
  for await (const bytes of content) {
    waiting = Buffer.concat([waiting, bytes]);
    let at = 0;
    for (; waiting.length - at > CHUNK_BYTES; at += CHUNK_BYTES) {
      yield seal(waiting.subarray(at, at + CHUNK_BYTES), { key, bound, counter: counter++, last: false });
    }
    waiting = waiting.subarray(at);
  }
  yield seal(waiting, { key, bound, counter, last: true });
}

/** @throws LimenError `backup_unreadable` */
export async function readHeader(reader: ByteReader): Promise<{ header: BackupHeader; bound: Buffer }> {
  const start = await reader.take(MAGIC.length + 4);
  if (!start.subarray(0, MAGIC.length).equals(MAGIC)) throw unreadable('it is no backup of Limen');
  const length = start.readUInt32LE(MAGIC.length);
  if (length > MAX_HEADER_BYTES) throw unreadable('its header is damaged');
  const json = await reader.take(length);
  let header: unknown;
  try {
    header = JSON.parse(json.toString());
  } catch {
    throw unreadable('its header is damaged');
  }
  if (!Value.Check(HeaderSchema, header)) throw unreadable('its header is not one that this version knows');
  return { header, bound: digest(json) };
}

/** The content after the header, each piece authenticated. @throws LimenError `backup_unreadable` */
export async function* opened(reader: ByteReader, key: Uint8Array, bound: Buffer): AsyncIterable<Buffer> {
  for (let counter = 0; ; counter++) {
    const start = await reader.take(5);
    const last = start.readUInt8(0) === 1;
    const length = start.readUInt32LE(1);
    if (length < TAG_BYTES || length > CHUNK_BYTES + TAG_BYTES) throw unreadable('its length is damaged');
    const chunk = await reader.take(length);
    const decipher = createDecipheriv(ALGORITHM, key, nonce(counter, last), { authTagLength: TAG_BYTES });
    decipher.setAAD(bound);
    decipher.setAuthTag(chunk.subarray(length - TAG_BYTES));
    const content = decipher.update(chunk.subarray(0, length - TAG_BYTES));
    try {
      decipher.final();
    } catch {
      throw unreadable(
        counter === 0
          ? 'the passphrase or key is another, or it is damaged'
          : `it is damaged at part ${counter}`,
      );
    }
    yield content;
    if (!last) continue;
    if (!(await reader.atEnd())) throw unreadable('something follows its end');
    return;
  }
}

export function unreadable(why: string): LimenError {
  return new LimenError('backup_unreadable', `the backup cannot be read: ${why}`);
}

interface ChunkPlace {
  readonly key: Uint8Array;
  readonly bound: Buffer;
  readonly counter: number;
  readonly last: boolean;
}

function seal(content: Uint8Array, { key, bound, counter, last }: ChunkPlace): Buffer {
  const cipher = createCipheriv(ALGORITHM, key, nonce(counter, last), { authTagLength: TAG_BYTES });
  cipher.setAAD(bound);
  const chunk = cipher.update(content);
  cipher.final();
  const start = Buffer.from([last ? 1 : 0]);
  return Buffer.concat([start, u32(chunk.length + TAG_BYTES), chunk, cipher.getAuthTag()]);
}

/** Never twice under one key: the key is the file's own. */
function nonce(counter: number, last: boolean): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt8(last ? 1 : 0, 0);
  bytes.writeBigUInt64BE(BigInt(counter), 4);
  return bytes;
}

function digest(json: Buffer): Buffer {
  return createHash('sha256').update(MAGIC).update(json).digest();
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
