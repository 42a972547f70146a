import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** sha256 of the bytes, hex. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Size and sha256 (hex) of a file, read in pieces; `undefined` when there is no such file. */
export async function hashFile(path: string): Promise<{ bytes: number; sha256: string } | undefined> {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const chunk of createReadStream(path)) {
      hash.update(chunk as Buffer);
      bytes += (chunk as Buffer).length;
    }
  } catch (cause) {
    if (isAbsent(cause)) return undefined;
    throw cause;
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** Whether a file system error says that nothing is there. */
export function isAbsent(cause: unknown): boolean {
  const code = (cause as NodeJS.ErrnoException).code;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
