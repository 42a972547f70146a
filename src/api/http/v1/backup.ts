import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import { LimenError } from '../../../core/errors.ts';
import { TAG } from '../openapi/tags.ts';
import type { HttpRoutes } from '../routes.ts';
import type { Keeping, Staged } from './keeping.ts';

/** 50,000 people with five pictures of 1 MB each are refused; without pictures they are 60 MB. */
const MAX_BACKUP_BYTES = 16 * 1024 ** 3;
const MAX_PASSPHRASE = 1_024;

const Passphrase = Type.Optional(Type.String({ maxLength: MAX_PASSPHRASE }));
const BackupBody = Type.Object({ passphrase: Passphrase }, { additionalProperties: false });
const RestoredSchema = Type.Object({
  people: Type.Integer(),
  pictures: Type.Integer(),
  createdAt: Type.String({ description: 'of the backup, RFC 3339 UTC' }),
  device: Type.String({ description: 'where the backup was made' }),
});

/** The store in one encrypted file, out and in again. */
export function backupRoutes({ keeping }: { readonly keeping: Keeping }): HttpRoutes {
  const config = { role: 'technician', credential: 'token' } as const;
  return (app) => {
    app.post<{ Body: Type.Static<typeof BackupBody> | null }>(
      '/v1/backup',
      {
        config: {
          ...config,
          describe: {
            tag: TAG.system,
            summary: 'People, kept pictures and accounts in one encrypted file',
            description:
              'Everybody as they are at this moment, whatever changes meanwhile. Under the passphrase, or without one under the key of this store.',
            answers: { 200: { description: 'The file.', mediaType: 'application/octet-stream' } },
          },
        },
        schema: { body: Type.Union([BackupBody, Type.Null()]) },
      },
      async ({ body, caller }, reply) => {
        const file = await keeping.backup({ passphrase: body?.passphrase, actor: caller.actor });
        reply.header('content-disposition', 'attachment; filename="limen.backup"');
        return reply.type('application/octet-stream').send(Readable.from(file));
      },
    );

    app.post(
      '/v1/restore',
      {
        config: {
          ...config,
          describe: {
            tag: TAG.system,
            summary: 'Put a backup in the place of everybody',
            description:
              'The file is read and authenticated as a whole before anything changes. Whoever is not in it is removed; tokens, settings and journal stay.',
            form: {
              passphrase: { description: 'that the backup was made with' },
              backup: { description: 'the file', required: true },
            },
            answers: { 200: { description: 'Everybody of the backup is there, and nobody else.' } },
          },
        },
        schema: { response: { 200: RestoredSchema } },
      },
      async (request) => {
        const { staged, passphrase } = await readRestore(request, keeping);
        try {
          return await keeping.restore(() => staged.read(), { passphrase, actor: request.caller.actor });
        } finally {
          await staged.close();
        }
      },
    );
  };
}

/** @throws LimenError `bad_request` | `too_large` | `store_fault` */
async function readRestore(
  request: FastifyRequest,
  keeping: Keeping,
): Promise<{ staged: Staged; passphrase: string | undefined }> {
  if (!request.isMultipart()) {
    throw new LimenError('bad_request', 'send the backup as the multipart file "backup"');
  }
  let staged: Staged | undefined;
  let passphrase: string | undefined;
  const limits = { files: 1, fields: 1, fileSize: MAX_BACKUP_BYTES, fieldSize: 4 * MAX_PASSPHRASE };
  try {
    for await (const part of request.parts({ limits })) {
      if (part.type === 'field') {
        if (part.fieldname === 'passphrase') passphrase = String(part.value);
      } else {
        staged = await keeping.stage(part.file);
        if (part.file.truncated) throw new LimenError('too_large', `over ${MAX_BACKUP_BYTES} bytes`);
      }
    }
    if (staged === undefined) throw new LimenError('bad_request', 'the multipart file "backup" is missing');
    return { staged, passphrase };
  } catch (cause) {
    await staged?.close();
    if (cause instanceof LimenError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LimenError('bad_request', `the multipart body cannot be read: ${reason}`, { cause });
  }
}
