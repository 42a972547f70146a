import type { FastifyReply, FastifyRequest } from 'fastify';
import { checkPersonRef, type PersonRef } from '../../../core/person.ts';
import type { Enrolment } from '../../../services/enrolment/enrolment.ts';
import type { EnrolOutcome, RemoveByFaceOutcome } from '../../../services/enrolment/outcome.ts';
import type { IdentifyOutcome, ProbeProblem } from '../../../services/verification/outcome.ts';
import type { Verification } from '../../../services/verification/verification.ts';
import { headerText } from '../header-text.ts';
import { DIALECT_A } from '../openapi/dialect-a.ts';
import { type Problem, problem } from '../problem.ts';
import { callerLeft, type HttpRoutes, sendProblem } from '../routes.ts';
import { readUpload } from '../upload.ts';

export interface DialectAParts {
  readonly enrolment: Enrolment;
  readonly verification: Verification;
  readonly maxImageBytes: number;
}

/** The document's texts, byte for byte: accents as entities in some, as UTF-8 in others. */
const REGISTERED = 'Enregistrement réussi';
const EXISTS = 'ce subjet id est deja enregistre';
const NO_FACE = "Aucune face detect&eacute; dans l'image";
const SEVERAL_FACES =
  "Plusieurs faces ont &eacute;t&eacute; detect&eacute; dans l'image. Veuillez vous assurer d'etre seul dans l'image.";
const RECOGNISED = 'Face reconnue dans le système';
const NOT_RECOGNISED = 'Face non reconnue dans le système';

/** A documented answer is the body of a 200; anything else is a problem in the dialect's shape. */
type Answer = { readonly body: Record<string, unknown> } | { readonly problem: Problem };

/**
 * Document 000: `/api/register/`, `/api/verify`, `/api/remove`. Who is meant stands in the headers `username` and
 * `galleryname`; verification without a gallery searches all of them.
 */
export function dialectA({ enrolment, verification, maxImageBytes }: DialectAParts): HttpRoutes {
  const upload = { uploadBytes: maxImageBytes, failure };
  return (app) => {
    // a body of any other kind is a request without the picture, not a fault of its own
    app.removeContentTypeParser(['application/json', 'text/plain']);
    app.addContentTypeParser('*', (_request, _payload, done) => done(null));

    app.post(
      '/api/register',
      { config: { role: 'technician', ...upload, describe: DIALECT_A.register } },
      async (request, reply) => {
        const input = await readSubject(request);
        if ('refused' in input) return reply.code(400).send(failed(input.refused));
        const outcome = await enrolment.enrol({
          ...input,
          // this dialect has no answer for a face known under another name; the journal keeps it
          force: true,
          actor: request.caller.actor,
          signal: callerLeft(reply),
        });
        return send(reply, registered(outcome));
      },
    );

    app.post(
      '/api/verify',
      { config: { role: 'terminal', ...upload, describe: DIALECT_A.verify } },
      async (request, reply) => {
        const image = await readImage(request);
        if (image === undefined) return reply.code(400).send(failed(required('image')));
        const gallery = headerText(request, 'galleryname');
        const outcome = await verification.identify({
          ...(gallery !== undefined && { gallery }),
          byId: true,
          bytes: image,
          actor: request.caller.actor,
          signal: callerLeft(reply),
        });
        return send(reply, recognised(outcome));
      },
    );

    app.post(
      '/api/remove',
      { config: { role: 'technician', ...upload, describe: DIALECT_A.remove } },
      async (request, reply) => {
        const input = await readSubject(request);
        if ('refused' in input) return reply.code(400).send(failed(input.refused));
        const { actor } = request.caller;
        const outcome = await enrolment.removeByFace({ ...input, actor, signal: callerLeft(reply) });
        return send(reply, removed(outcome, input.person));
      },
    );
  };
}

/** The person of the headers and the picture, or what is wrong with one of them. */
async function readSubject(
  request: FastifyRequest,
): Promise<{ readonly refused: string } | { readonly person: PersonRef; readonly image: Uint8Array }> {
  const [id, gallery] = [headerText(request, 'username'), headerText(request, 'galleryname')];
  if (id === undefined) return { refused: required('username') };
  if (gallery === undefined) return { refused: required('galleryname') };
  if (checkPersonRef({ gallery: 'any', id }) !== undefined) return { refused: invalid('username') };
  if (checkPersonRef({ gallery, id }) !== undefined) return { refused: invalid('galleryname') };
  const image = await readImage(request);
  return image === undefined ? { refused: required('image') } : { person: { gallery, id }, image };
}

async function readImage(request: FastifyRequest): Promise<Uint8Array | undefined> {
  const upload = await readUpload(request, 'image');
  return upload.kind === 'file' ? upload.bytes : undefined;
}

function registered(outcome: EnrolOutcome): Answer {
  switch (outcome.kind) {
    case 'enrolled':
      return { body: { status: true, message: REGISTERED } };
    case 'exists':
      return { body: failed(EXISTS) };
    case 'low_quality':
      return {
        problem: problem('low_quality', `Image de qualité insuffisante : ${outcome.advice.join('. ')}`, {
          status: 400,
        }),
      };
    case 'unreadable':
    case 'no_face':
    case 'several_faces':
    case 'busy':
      return examined(outcome);
    // cannot come: it forces and never extends
    case 'duplicate_face':
    case 'different_face':
    case 'too_many_faces':
      return { body: failed(EXISTS) };
  }
}

function recognised(outcome: IdentifyOutcome): Answer {
  switch (outcome.kind) {
    case 'match':
      return { body: { status: true, message: RECOGNISED, name: outcome.person.id } };
    case 'unknown':
      return { body: failed(NOT_RECOGNISED) };
    default:
      return examined(outcome);
  }
}

function removed(outcome: RemoveByFaceOutcome, { id }: PersonRef): Answer {
  switch (outcome.kind) {
    case 'removed':
      return { body: { message: `subject id ${id} has been successfully removed`, status: true } };
    case 'mismatch':
    case 'not_found':
      return { body: failed(NOT_RECOGNISED) };
    default:
      return examined(outcome);
  }
}

/** What all three endpoints say of a picture that does not show exactly one usable face. */
function examined(outcome: ProbeProblem): Answer {
  switch (outcome.kind) {
    case 'no_face':
      return { body: failed(NO_FACE) };
    case 'several_faces':
      return { body: { ...failed(SEVERAL_FACES), faces: outcome.count } };
    case 'low_quality':
      return { body: failed(NOT_RECOGNISED) };
    case 'unreadable':
      return {
        problem:
          outcome.refusal === 'too_many_bytes'
            ? problem('too_large', outcome.detail)
            : problem('image_refused', outcome.detail, { status: 400 }),
      };
    case 'busy':
      return {
        problem: problem('busy', 'too many pictures are being examined', {
          retryAfterS: outcome.retryAfterS,
        }),
      };
  }
}

function send(reply: FastifyReply, answer: Answer): FastifyReply {
  return 'body' in answer ? reply.send(answer.body) : sendProblem(reply, answer.problem);
}

function required(field: string): string {
  return `Le champ ${field} est requis`;
}

function invalid(field: string): string {
  return `Le champ ${field} est invalide`;
}

function failed(message: string): Record<string, unknown> {
  return { status: false, message };
}

/** Failures outside the document: a body that cannot be taken apart is an unreadable picture. */
function failure({ code, detail }: Problem): Record<string, unknown> {
  if (code === 'bad_request' || code === 'image_refused') return failed('Image illisible');
  return failed(code === 'too_large' ? 'Image trop volumineuse' : detail);
}
