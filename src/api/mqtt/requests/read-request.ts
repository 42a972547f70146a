import Value from 'typebox/value';
import { LimenError } from '../../../core/errors.ts';
import type { RequestVerb } from '../../../core/request-verbs.ts';
import { type Envelope, MAX_IMAGE_BYTES, REQUEST_SCHEMAS } from './schemas.ts';

/** A picture as base64 and the members around it. */
const MAX_PAYLOAD_BYTES = Math.ceil(MAX_IMAGE_BYTES / 3) * 4 + 4_096;

/** @throws LimenError `too_large` | `bad_request` when it is no JSON object */
export function parsePayload(payload: Uint8Array): Readonly<Record<string, unknown>> {
  if (payload.length > MAX_PAYLOAD_BYTES) {
    throw new LimenError(
      'too_large',
      `the request has ${payload.length} bytes; at most ${MAX_PAYLOAD_BYTES}`,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  } catch {
    throw new LimenError('bad_request', 'the payload is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new LimenError('bad_request', 'the payload is not a JSON object');
  }
  return value as Record<string, unknown>;
}

/** For the answer, also to a request with other faults. */
export function transactionOf({ transaction }: Readonly<Record<string, unknown>>): string | undefined {
  return typeof transaction === 'string' && transaction !== '' && transaction.length <= 128
    ? transaction
    : undefined;
}

/** A transaction of 128 characters, each written as `\\u0000` at worst, and some members before or after it. */
const LOOKED_AT_BYTES = 2_048;

/**
 * The transaction of a request that is not worth parsing: pictures are large, and `transaction` stands before or behind
 * them. Within a JSON string a quotation mark is escaped, so nothing else can look like this member.
 */
export function transactionIn(payload: Uint8Array): string | undefined {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  const ends =
    bytes.length <= 2 * LOOKED_AT_BYTES
      ? [bytes]
      : [bytes.subarray(0, LOOKED_AT_BYTES), bytes.subarray(-LOOKED_AT_BYTES)];
  for (const end of ends) {
    const [, text] = /[{,]\s*"transaction"\s*:\s*("(?:[^"\\]|\\.)*")/.exec(end.toString('utf8')) ?? [];
    if (text === undefined) continue;
    try {
      return transactionOf({ transaction: JSON.parse(text) });
    } catch {
      // no JSON string: neither is the request
    }
  }
  return undefined;
}

/** @throws LimenError `bad_request` that names the member, never its value */
export function checkRequest(verb: RequestVerb, value: Readonly<Record<string, unknown>>): Envelope {
  const schema = REQUEST_SCHEMAS[verb];
  if (Value.Check(schema, value)) return value as unknown as Envelope;
  const [first] = Value.Errors(schema, value);
  const member = first?.instancePath.slice(1);
  const wrong =
    first?.message === 'schema is false' ? 'is not known here' : (first?.message ?? 'is not as it should be');
  throw new LimenError(
    'bad_request',
    `${member ? `\`${member}\`` : 'the request'} ${wrong}; see docs/mqtt/${verb}.request.schema.json`,
  );
}
