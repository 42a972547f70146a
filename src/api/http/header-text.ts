import type { FastifyRequest } from 'fastify';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** One character of UTF-8 in percent-encoding, of one to four bytes. */
const ENCODED =
  /%[0-7][\da-f]|%[cd][\da-f]%[89ab][\da-f]|%e[\da-f](?:%[89ab][\da-f]){2}|%f[0-7](?:%[89ab][\da-f]){3}/gi;

/**
 * The text of a header field: raw UTF-8 (bytes that are none count as Latin-1) or percent-encoded UTF-8, or both
 * mixed. A `%` that encodes nothing stands for itself. Undefined when the field was not sent, is blank, or was sent
 * more than once.
 */
export function headerText(request: FastifyRequest, name: string): string | undefined {
  const [raw, ...further] = request.raw.headersDistinct[name] ?? [];
  if (raw === undefined || further.length > 0) return undefined;
  const text = decodedBytes(raw).replace(ENCODED, decodedCharacter);
  return text.trim() === '' ? undefined : text;
}

/** Node hands over every byte of a header as one character. */
function decodedBytes(raw: string): string {
  try {
    return utf8.decode(Buffer.from(raw, 'latin1'));
  } catch {
    return raw;
  }
}

function decodedCharacter(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    // overlong, or half of a surrogate pair
    return encoded;
  }
}
