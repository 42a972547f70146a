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

export interface Form {
  readonly upload: Upload;
  /** The text parts that were asked for; what was not sent is not in it. */
  readonly texts: ReadonlyMap<string, string>;
}

/**
 * Reads the body to its end, whatever the order of its parts, and returns the one file in it, which must be called
 * `file`, and the named texts. A text part called `file` counts as the file's content; a body that is no form has
 * nothing.
 * @throws LimenError `bad_request` (broken multipart, several files, a text sent twice or as something else) | `too_large`
 */
export async function readForm(
  request: FastifyRequest,
  file: string,
  textNames: readonly string[] = [],
): Promise<Form> {
  const texts = new Map<string, string>();
  if (!request.isMultipart()) return { upload: { kind: 'missing' }, texts };
  const fileSize = request.routeOptions.config.uploadBytes ?? 0;
  let found: Uint8Array | undefined;
  try {
    for await (const part of request.parts({ limits: { ...PART_LIMITS, fileSize } })) {
      const { fieldname } = part;
      if (part.type === 'file') {
        if (fieldname === file) found = await part.toBuffer();
        else part.file.resume();
      } else if (textNames.includes(fieldname)) {
        if (texts.has(fieldname)) throw new LimenError('bad_request', `${fieldname} is sent more than once`);
        // a part that says it is JSON comes parsed
        if (typeof part.value !== 'string') throw new LimenError('bad_request', `${fieldname} is no text`);
        if (part.valueTruncated) {
          throw new LimenError('bad_request', `${fieldname} has more than ${PART_LIMITS.fieldSize} bytes`);
        }
        texts.set(fieldname, part.value);
      } else if (fieldname === file && found === undefined) {
        found = Buffer.from(String(part.value));
      }
    }
  } catch (cause) {
    throw translate(cause, fileSize);
  }
  return { upload: uploaded(found), texts };
}

/** The one file of a form, as `readForm` reads it. @throws LimenError as `readForm` */
export async function readUpload(request: FastifyRequest, field: string): Promise<Upload> {
  return (await readForm(request, field)).upload;
}

function uploaded(bytes: Uint8Array | undefined): Upload {
  if (bytes === undefined) return { kind: 'missing' };
  return bytes.length === 0 ? { kind: 'empty' } : { kind: 'file', bytes };
}

function translate(cause: unknown, maxBytes: number): LimenError {
  if (cause instanceof LimenError) return cause;
  const { code, message } = cause as { code?: string; message?: string };
  if (code === 'FST_REQ_FILE_TOO_LARGE') {
    return new LimenError('too_large', `the file has more than ${maxBytes} bytes`, { cause });
  }
  if (code === 'FST_FILES_LIMIT') return new LimenError('bad_request', 'more than one file', { cause });
  return new LimenError('bad_request', `the multipart body cannot be read: ${message}`, { cause });
}
