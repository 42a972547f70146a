import type { FastifyRequest } from 'fastify';
import { LimenError } from '../../../core/errors.ts';
import type { ClipRefusal, ImageRefusal } from '../../../core/ports/media.ts';
import { type Problem, problem } from '../problem.ts';
import { readUpload } from '../upload.ts';

/** The multipart file `image`, which every upload of `/v1` is called. @throws LimenError `bad_request` */
export async function readImage(
  request: FastifyRequest,
  wanted = 'send one picture as the multipart file "image"',
): Promise<Uint8Array> {
  const upload = await readUpload(request, 'image');
  if (upload.kind === 'file') return upload.bytes;
  throw new LimenError('bad_request', `${wanted}; it is ${upload.kind}`);
}

/** Why a picture or clip was not decoded, in the words of HTTP. */
export function unreadable(outcome: {
  readonly refusal: ImageRefusal | ClipRefusal;
  readonly detail: string;
}): Problem {
  if (outcome.refusal === 'too_many_bytes') return problem('too_large', outcome.detail);
  const unsupported = outcome.refusal === 'unsupported_format' || outcome.refusal === 'no_ffmpeg';
  return problem('image_refused', outcome.detail, { status: unsupported ? 415 : 422 });
}
