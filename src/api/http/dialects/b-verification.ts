import type { FastifyRequest } from 'fastify';
import { checkPersonRef, formatPersonRef } from '../../../core/person.ts';
import type { Enrolment } from '../../../services/enrolment/enrolment.ts';
import type { EnrolRefusal } from '../../../services/enrolment/outcome.ts';
import type { ProbeProblem, VerifyOutcome } from '../../../services/verification/outcome.ts';
import type { Verification } from '../../../services/verification/verification.ts';
import { DIALECT_B } from '../openapi/dialect-b.ts';
import { type Problem, problem } from '../problem.ts';
import { callerLeft, type HttpRoutes, sendProblem } from '../routes.ts';
import { readForm } from '../upload.ts';

export interface DialectBParts {
  readonly enrolment: Enrolment;
  readonly verification: Verification;
  /** Its people are this dialect's users; verification looks here first. */
  readonly defaultGallery: string;
  readonly maxImageBytes: number;
}

/** Documents 001 and 002: `/register/` (POST, GET, DELETE) and `/verify/`, with `id` and `image` as form fields. */
export function dialectB(parts: DialectBParts): HttpRoutes {
  const { enrolment, verification, defaultGallery: gallery } = parts;
  const uploadBytes = parts.maxImageBytes;
  return (app) => {
    // a body of any other kind is a request without the fields, not a fault of its own
    app.removeContentTypeParser(['application/json', 'text/plain']);
    app.addContentTypeParser('*', (_request, _payload, done) => done(null));

    app.post(
      '/register',
      { config: { role: 'technician', uploadBytes, failure, describe: DIALECT_B.register } },
      async (request, reply) => {
        const { id, image } = await readFields(request);
        if (id === undefined || image === undefined) {
          return sendProblem(reply, problem('bad_request', 'ID and image are required'));
        }
        const wrong = checkPersonRef({ gallery, id });
        if (wrong !== undefined) return sendProblem(reply, problem('bad_request', wrong));
        const outcome = await enrolment.enrol({
          person: { gallery, id },
          image,
          // this dialect has no answer for a face known under another id; the journal keeps it
          force: true,
          actor: request.caller.actor,
          signal: callerLeft(reply),
        });
        if (outcome.kind !== 'enrolled') return sendProblem(reply, refused(outcome));
        return reply.code(201).send({ message: 'Data inserted successfully' });
      },
    );

    app.get('/register', { config: { role: 'viewer', failure, describe: DIALECT_B.list } }, async () => {
      const people = await enrolment.list(gallery);
      const users = people.filter((person) => person.faces.length > 0);
      return {
        message: 'Hello, world!',
        data: users.map(({ id, createdAt }) => ({ id, timestamp: timestampOf(createdAt) })),
      };
    });

    app.delete(
      '/register',
      { config: { role: 'technician', uploadBytes, failure, describe: DIALECT_B.remove } },
      async (request, reply) => {
        const { id } = await readFields(request);
        if (id === undefined) return sendProblem(reply, problem('bad_request', 'ID is required'));
        const user = await enrolment.get({ gallery, id });
        const outcome =
          user === undefined || user.faces.length === 0
            ? ({ kind: 'not_found' } as const)
            : await enrolment.remove({ gallery, id }, request.caller.actor);
        if (outcome.kind === 'not_found') return sendProblem(reply, problem('not_found', 'User not found'));
        const { person } = outcome;
        const files = person.faces.flatMap(({ faceId, picture }) => [
          `${formatPersonRef(person)}#${faceId}`,
          ...(picture === undefined ? [] : [`pictures/${picture}`]),
        ]);
        reply.header('x-files-deleted', asciiJson(files));
        // HTTP has no body on a 204: who wants the documented one says so
        if (!prefersRepresentation(request)) return reply.code(204).send();
        reply.header('preference-applied', 'return=representation');
        return reply.send({ message: 'Data deleted successfully', files_deleted: files });
      },
    );

    app.post(
      '/verify',
      { config: { role: 'terminal', uploadBytes, failure: notVerified, describe: DIALECT_B.verify } },
      async (request, reply) => {
        const { id, image } = await readFields(request);
        if (id === undefined || image === undefined) {
          return sendProblem(reply, problem('bad_request', 'Image and ID are required'));
        }
        const outcome = await verification.verify({
          person: { id },
          bytes: image,
          rivals: true,
          actor: request.caller.actor,
          signal: callerLeft(reply),
        });
        if (outcome.kind !== 'match' && outcome.kind !== 'mismatch') {
          return sendProblem(reply, notCompared(outcome));
        }
        const best = outcome.kind === 'match' ? outcome.person : outcome.other;
        return reply.send({
          message: 'Image received successfully!',
          recognition: best?.id ?? 'Unknown',
          verified: outcome.kind === 'match',
        });
      },
    );
  };
}

/** What was sent and is neither blank nor empty. */
async function readFields(
  request: FastifyRequest,
): Promise<{ readonly id?: string; readonly image?: Uint8Array }> {
  const { upload, texts } = await readForm(request, 'image', ['id']);
  const id = texts.get('id') ?? '';
  return { ...(id.trim() !== '' && { id }), ...(upload.kind === 'file' && { image: upload.bytes }) };
}

function refused(outcome: EnrolRefusal): Problem {
  switch (outcome.kind) {
    // the last three cannot come, for it forces and never extends
    case 'exists':
    case 'duplicate_face':
    case 'different_face':
    case 'too_many_faces':
      return problem('person_exists', 'User already exists');
    case 'low_quality':
      return problem('low_quality', outcome.advice.join('. '), { status: 400 });
    default:
      return unfit(outcome);
  }
}

function notCompared(outcome: Exclude<VerifyOutcome, { kind: 'match' | 'mismatch' }>): Problem {
  switch (outcome.kind) {
    // somebody who may not pass now is nobody to this document; the journal says why
    case 'unknown_person':
    case 'not_valid':
      return problem('bad_request', 'Invalid User');
    default:
      return unfit(outcome);
  }
}

/** Why a picture is of no use to either endpoint. */
function unfit(outcome: ProbeProblem): Problem {
  switch (outcome.kind) {
    case 'unreadable':
      return outcome.refusal === 'too_many_bytes'
        ? problem('too_large', outcome.detail)
        : problem('image_refused', outcome.detail, { status: 400 });
    case 'no_face':
      return problem('no_face', 'no face was found in the image', { status: 400 });
    case 'several_faces':
      return problem('several_faces', `${outcome.count} faces were found in the image`, { status: 400 });
    case 'low_quality':
      return problem('low_quality', 'the face is too dark, too small, blurred or turned away', {
        status: 400,
      });
    case 'busy':
      return problem('busy', 'too many pictures are being examined', { retryAfterS: outcome.retryAfterS });
  }
}

/** `2023-07-23T12:34:56`, UTC. */
function timestampOf(instant: string): string {
  return new Date(instant).toISOString().slice(0, 19);
}

/** JSON that fits into a header: what is not ASCII as `\uXXXX`. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** RFC 7240; of several `return` preferences the first one counts. */
function prefersRepresentation({ headers }: FastifyRequest): boolean {
  const preferences = String(headers.prefer ?? '').split(',');
  const wanted = preferences.map((text) => /^\s*return\s*=\s*"?([a-z]+)"?\s*(?:;|$)/i.exec(text)?.[1]);
  return wanted.find((value) => value !== undefined)?.toLowerCase() === 'representation';
}

function failure({ detail }: Problem): Record<string, unknown> {
  return { error: detail };
}

function notVerified({ detail }: Problem): Record<string, unknown> {
  return { error: detail, verified: false };
}
