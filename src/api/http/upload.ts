import type { FastifyInstance, FastifyRequest } from 'fastify';
import { LimenError } from '../../core/errors.ts';
import { BOUNDS } from './settings.ts';

export type Upload =
  /** No multipart body, or none of its parts has the field's name. */
  | { readonly kind: 'missing' }
  | { readonly kind: 'empty' }
  | { readonly kind: 'file'; readonly bytes: Uint8Array };

const PART_LIMITS = {
  files: 1,
  fields: 16,
  parts: 17,
  fieldSize: 4_096,
  fieldNameSize: 128,
  headerPairs: 32,
};

/**
 * Bounds what all uploads together hold in memory: a body is let in only while its declared length (or the most it
 * could be) fits, and counts until its answer is out.
 */
export function boundUploads(app: FastifyInstance, budgetBytes: number): void {
  let inFlight = 0;
  app.addHook('onRequest', async (request, reply) => {
    const maxBytes = request.routeOptions.config.uploadBytes;
    if (maxBytes === undefined) return;
    const most = maxBytes + BOUNDS.multipartOverheadBytes;
    const declared = Number(request.headers['content-length'] ?? most);
    if (declared > most)
      throw new LimenError('too_large', `${declared} bytes; at most ${maxBytes} are accepted`);
    if (inFlight + declared > budgetBytes) {
      throw new LimenError('busy', 'too many uploads at the same time');
    }
    inFlight += declared;
    reply.raw.once('close', () => {
      inFlight -= declared;
    });
  });
}

/**
 * Reads the body to its end and returns the one file in it, which must be called `field`; a text part of that name
 * counts as its content.
 * @throws LimenError `bad_request` (broken multipart, several files) | `too_large`
 */
export async function readUpload(request: FastifyRequest, field: string): Promise<Upload> {
  if (!request.isMultipart()) return { kind: 'missing' };
  const fileSize = request.routeOptions.config.uploadBytes ?? 0;
  let found: Uint8Array | undefined;
  try {
    for await (const part of request.parts({ limits: { ...PART_LIMITS, fileSize } })) {
      if (part.type === 'file') {
        if (part.fieldname === field) found = await part.toBuffer();
        else part.file.resume();
      } else if (part.fieldname === field && found === undefined) {
        found = Buffer.from(String(part.value));
      }
    }
  } catch (cause) {
    throw translate(cause, fileSize);
  }
  if (found === undefined) return { kind: 'missing' };
  return found.length === 0 ? { kind: 'empty' } : { kind: 'file', bytes: found };
}

function translate(cause: unknown, maxBytes: number): LimenError {
  const { code, message } = cause as { code?: string; message?: string };
  if (code === 'FST_REQ_FILE_TOO_LARGE') {
    return new LimenError('too_large', `the file has more than ${maxBytes} bytes`, { cause });
  }
  if (code === 'FST_FILES_LIMIT') return new LimenError('bad_request', 'more than one file', { cause });
  return new LimenError('bad_request', `the multipart body cannot be read: ${message}`, { cause });
}
