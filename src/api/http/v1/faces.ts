import type { FastifyReply, FastifyRequest } from 'fastify';
import type Type from 'typebox';
import { LimenError } from '../../../core/errors.ts';
import { checkPersonRef, formatPersonRef } from '../../../core/person.ts';
import type { EnrolOnce, EnrolOnceOutcome } from '../../../services/enrolment/enrol-once.ts';
import type { Enrolment } from '../../../services/enrolment/enrolment.ts';
import type { LiveEnrolment } from '../../../services/enrolment/live-enrolment.ts';
import type { Roster } from '../../../services/enrolment/roster.ts';
import { V1_FACES } from '../openapi/v1-faces.ts';
import { problem } from '../problem.ts';
import { callerLeft, type HttpRoutes, sendProblem } from '../routes.ts';
import { enrolProblem } from './enrol-problem.ts';
import { readImage } from './image.ts';
import { unknownPerson } from './people.ts';
import { EnrolledSchema, EnrolQuery, FaceList, FaceRefSchema, PersonRefSchema } from './schemas.ts';

export interface FaceParts {
  readonly enrolment: Enrolment;
  readonly enrolOnce: EnrolOnce;
  readonly roster: Roster;
  /** Enrols whoever stands before a camera; absent where there is none. */
  readonly live?: LiveEnrolment;
  readonly maxImageBytes: number;
}

const SPOOF = 'this looks like a picture of a face; the person is to stand before the camera';

type Path = { Params: Type.Static<typeof PersonRefSchema> };

/** The faces of a person. A picture sent to somebody's `faces` enrols them when they are new. */
export function faceRoutes({ enrolment, enrolOnce, roster, live, maxImageBytes }: FaceParts): HttpRoutes {
  return (app) => {
    app.get<Path>(
      '/v1/people/:gallery/:id/faces',
      {
        config: { role: 'viewer', describe: V1_FACES.list },
        schema: { params: PersonRefSchema, response: { 200: FaceList } },
      },
      async ({ params }) => {
        const person = await enrolment.get(params);
        if (person === undefined) throw unknownPerson(params);
        return { faces: person.faces };
      },
    );

    app.post<Path & { Querystring: Type.Static<typeof EnrolQuery> }>(
      '/v1/people/:gallery/:id/faces',
      {
        config: { role: 'technician', uploadBytes: maxImageBytes, describe: V1_FACES.enrol },
        schema: { params: PersonRefSchema, querystring: EnrolQuery, response: { 201: EnrolledSchema } },
      },
      async (request, reply) => {
        const { params, query, caller } = request;
        const wrong = checkPersonRef(params);
        if (wrong !== undefined) throw new LimenError('bad_request', wrong);
        if (query.camera !== undefined) return enrolLive(request, reply, query.camera);
        const key = idempotencyKey(request);
        const wanted = {
          ...query,
          person: params,
          image: await readImage(request),
          extend: true,
          actor: caller.actor,
          signal: callerLeft(reply),
        };
        let outcome: EnrolOnceOutcome =
          key === undefined ? await enrolment.enrol(wanted) : await enrolOnce.enrol(wanted, key);
        if (outcome.kind === 'key_reused') {
          return sendProblem(
            reply,
            problem('bad_request', 'this Idempotency-Key was used for another request', { status: 422 }),
          );
        }
        if (outcome.kind === 'repeated') {
          reply.header('idempotent-replayed', 'true');
          outcome = outcome.outcome;
        }
        if (outcome.kind !== 'enrolled') return sendProblem(reply, enrolProblem(outcome, params));
        const { person, face, duplicateOf } = outcome;
        return reply.code(201).send({ person, faceId: face.faceId, ...(duplicateOf && { duplicateOf }) });
      },
    );

    async function enrolLive(
      { params, query, caller }: FastifyRequest<Path & { Querystring: Type.Static<typeof EnrolQuery> }>,
      reply: FastifyReply,
      camera: string,
    ) {
      const { face: _, ...texts } = query;
      const outcome = (await live?.enrol({
        ...texts,
        camera,
        person: params,
        extend: true,
        actor: caller.actor,
        signal: callerLeft(reply),
      })) ?? { kind: 'unknown_camera' as const, doors: [] };
      if (outcome.kind === 'unknown_camera') {
        throw new LimenError('not_found', `there is no door ${camera}; there is ${outcome.doors.join(', ')}`);
      }
      if (outcome.kind === 'spoof') {
        return sendProblem(reply, problem('low_quality', SPOOF, { members: { hints: [SPOOF] } }));
      }
      if (outcome.kind !== 'enrolled') return sendProblem(reply, enrolProblem(outcome, params));
      const { person, face, duplicateOf } = outcome;
      return reply.code(201).send({ person, faceId: face.faceId, ...(duplicateOf && { duplicateOf }) });
    }

    app.delete<{ Params: Type.Static<typeof FaceRefSchema> }>(
      '/v1/people/:gallery/:id/faces/:faceId',
      { config: { role: 'technician', describe: V1_FACES.remove }, schema: { params: FaceRefSchema } },
      async ({ params, caller }, reply) => {
        const { faceId, ...ref } = params;
        const { kind } = await roster.removeFace(ref, faceId, caller.actor);
        if (kind === 'not_found') throw unknownPerson(ref);
        if (kind === 'no_such_face') {
          throw new LimenError('not_found', `${formatPersonRef(ref)} has no face ${faceId}`);
        }
        return reply.code(204).send();
      },
    );
  };
}

/** Visible ASCII, as the header's draft has it. @throws LimenError `bad_request` */
function idempotencyKey({ headers }: FastifyRequest): string | undefined {
  const key = headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && /^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw new LimenError('bad_request', 'Idempotency-Key is 1 to 255 visible ASCII characters');
}
