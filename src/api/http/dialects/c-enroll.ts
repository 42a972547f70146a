import type { FastifyRequest } from 'fastify';
import { checkPersonRef } from '../../../core/person.ts';
import type { Enrolment } from '../../../services/enrolment/enrolment.ts';
import type { EnrolOutcome } from '../../../services/enrolment/outcome.ts';
import type { VerifyOutcome } from '../../../services/verification/outcome.ts';
import type { Verification } from '../../../services/verification/verification.ts';
import { DIALECT_C } from '../openapi/dialect-c.ts';
import type { Problem } from '../problem.ts';
import { callerLeft, type HttpRoutes } from '../routes.ts';
import { readUpload } from '../upload.ts';

export interface DialectCParts {
  readonly enrolment: Enrolment;
  readonly verification: Verification;
  /** Everything is written here, and authentication looks here first. */
  readonly defaultGallery: string;
  readonly maxImageBytes: number;
  readonly maxVideoBytes: number;
}

interface Answer {
  readonly status: number;
  readonly reason: string;
  readonly retryAfterS?: number;
}

/**
 * Document 003: `/api/enroll`, `/api/authentificate`, `/api/reset`. Decisions and unreadable files answer 200,
 * missing and empty fields 400; what the document does not foresee keeps its shape with the status that HTTP has.
 */
export function dialectC(parts: DialectCParts): HttpRoutes {
  const { enrolment, verification, defaultGallery } = parts;
  return (app) => {
    // a body of any other kind is a request without the file, not a fault of its own
    app.removeContentTypeParser(['application/json', 'text/plain']);
    app.addContentTypeParser('*', (_request, _payload, done) => done(null));

    app.post(
      '/api/enroll',
      {
        config: {
          role: 'technician',
          uploadBytes: parts.maxImageBytes,
          failure: failureOf(enrolAnswer, 'CIN_FILE'),
          describe: DIALECT_C.enroll,
        },
      },
      async (request, reply) => {
        const input = await readInput(request, 'cin_file', defaultGallery);
        if ('refused' in input) return reply.code(400).send(enrolAnswer(input.refused));
        const outcome = await enrolment.enrol({
          person: { gallery: defaultGallery, id: input.username },
          image: input.bytes,
          // the ghost portrait of an identity card is the smaller one
          face: 'largest',
          // this dialect has no answer for a face known under another name; the journal keeps it
          force: true,
          actor: request.caller.actor,
          signal: callerLeft(reply),
        });
        const { status, reason, retryAfterS } = enrolled(outcome);
        if (retryAfterS !== undefined) reply.header('retry-after', retryAfterS);
        return reply.code(status).send(enrolAnswer(reason));
      },
    );

    app.post(
      '/api/authentificate',
      {
        config: {
          role: 'terminal',
          uploadBytes: parts.maxVideoBytes,
          failure: failureOf(authAnswer, 'AUTH_VIDEO'),
          describe: DIALECT_C.authentificate,
        },
      },
      async (request, reply) => {
        const input = await readInput(request, 'auth_video', defaultGallery);
        if ('refused' in input) return reply.code(400).send(authAnswer(input.refused));
        const outcome = await verification.verify({
          person: { id: input.username },
          bytes: input.bytes,
          allowClip: true,
          face: 'largest',
          actor: request.caller.actor,
          signal: callerLeft(reply),
        });
        const { status, reason, retryAfterS } = authenticated(outcome);
        if (retryAfterS !== undefined) reply.header('retry-after', retryAfterS);
        return reply
          .code(status)
          .send(authAnswer(reason, outcome.kind === 'match' ? outcome.score : undefined));
      },
    );

    app.post(
      '/api/reset',
      {
        config: {
          role: 'technician',
          credential: 'recent',
          failure: resetFailure,
          describe: DIALECT_C.reset,
        },
      },
      async (request) => {
        await enrolment.reset(request.caller.actor);
        return { code: 200, msg: 'DONE' };
      },
    );
  };
}

/** The query's `username` and the named file, or the reason why one of them is not usable. */
async function readInput(
  request: FastifyRequest,
  field: 'cin_file' | 'auth_video',
  gallery: string,
): Promise<{ readonly refused: string } | { readonly username: string; readonly bytes: Uint8Array }> {
  const { username } = request.query as Record<string, unknown>;
  if (typeof username !== 'string') return { refused: 'MISSING_USERNAME' };
  if (username.trim() === '') return { refused: 'EMPTY_USERNAME' };
  if (checkPersonRef({ gallery, id: username }) !== undefined) return { refused: 'INVALID_USERNAME' };
  const upload = await readUpload(request, field);
  if (upload.kind === 'file') return { username, bytes: upload.bytes };
  return { refused: `${upload.kind.toUpperCase()}_${field.toUpperCase()}` };
}

function enrolled(outcome: EnrolOutcome): Answer {
  switch (outcome.kind) {
    case 'enrolled':
      return { status: 200, reason: 'ENROLLED_AS_USER' };
    case 'unreadable':
      return { status: outcome.refusal === 'too_many_bytes' ? 413 : 200, reason: 'UNREADABLE_CIN_FILE' };
    case 'exists':
      return { status: 200, reason: 'DUPLICATE_USERNAME' };
    case 'busy':
      return { status: 503, reason: 'BUSY', retryAfterS: outcome.retryAfterS };
    // a face that cannot be recognised from is no face to this document; the last four cannot come, for it asks
    // for the largest face, forces and never extends
    case 'no_face':
    case 'low_quality':
    case 'several_faces':
    case 'duplicate_face':
    case 'different_face':
    case 'too_many_faces':
      return { status: 200, reason: 'NO_FACE_DETECTED' };
  }
}

function authenticated(outcome: VerifyOutcome): Answer {
  switch (outcome.kind) {
    case 'match':
      return { status: 200, reason: 'AUTHENTIFICATION_SUCCESS' };
    case 'mismatch':
      return { status: 200, reason: outcome.liveness === 'spoof' ? 'LIVENESS_FAILED' : 'FACE_MISMATCH' };
    case 'unreadable':
      return { status: outcome.refusal === 'too_many_bytes' ? 413 : 200, reason: 'UNREADABLE_AUTH_VIDEO' };
    // somebody who may not pass now is nobody to this document; the journal says why
    case 'unknown_person':
    case 'not_valid':
      return { status: 200, reason: 'UNKNOWN_USERNAME' };
    case 'busy':
      return { status: 503, reason: 'BUSY', retryAfterS: outcome.retryAfterS };
    case 'no_face':
    case 'low_quality':
    case 'several_faces':
      return { status: 200, reason: 'NO_FACE_DETECTED' };
  }
}

function enrolAnswer(reason: string): Record<string, unknown> {
  const good = reason === 'ENROLLED_AS_USER';
  return {
    trained: good ? 'success' : 'failed',
    EnrollStatus: good ? 'APPROVED' : 'REJECTED',
    DecisionReason: reason,
  };
}

/** The document prints Python's `None` for the score of a failure; JSON has `null`. */
function authAnswer(reason: string, score?: number): Record<string, unknown> {
  return {
    score: score === undefined ? null : Number(Math.max(0, score).toFixed(4)),
    Decision: score === undefined ? 'REJECTED' : 'APPROVED',
    DecisionReason: reason,
  };
}

/** Failures outside the document: a body that cannot be taken apart is an unreadable file, others say their code. */
function failureOf(answer: (reason: string) => Record<string, unknown>, file: 'CIN_FILE' | 'AUTH_VIDEO') {
  return ({ code, status }: Problem) =>
    answer(code === 'bad_request' || status === 413 ? `UNREADABLE_${file}` : code.toUpperCase());
}

function resetFailure({ status, detail }: Problem): Record<string, unknown> {
  return { code: status, msg: `ERROR_DETECTED : ${detail}` };
}
