import type Type from 'typebox';
import { LimenError } from '../../../core/errors.ts';
import { checkPersonRef, formatPersonRef, type PersonRef } from '../../../core/person.ts';
import type { Enrolment } from '../../../services/enrolment/enrolment.ts';
import type { EnrolRefusal } from '../../../services/enrolment/outcome.ts';
import { V1_PEOPLE } from '../openapi/v1-people.ts';
import { type Problem, problem } from '../problem.ts';
import { callerLeft, type HttpRoutes, sendProblem } from '../routes.ts';
import { readUpload } from '../upload.ts';
import { pageOf } from './page.ts';
import {
  EnrolledSchema,
  EnrolQuery,
  PeoplePage,
  PeopleQuery,
  PersonRefSchema,
  PersonSchema,
} from './schemas.ts';

export interface PeopleParts {
  readonly enrolment: Enrolment;
  readonly maxImageBytes: number;
}

type Path = { Params: Type.Static<typeof PersonRefSchema> };

/** People and their faces. A picture sent to somebody's `faces` enrols them when they are new. */
export function peopleRoutes({ enrolment, maxImageBytes }: PeopleParts): HttpRoutes {
  return (app) => {
    app.get<{ Querystring: Type.Static<typeof PeopleQuery> }>(
      '/v1/people',
      {
        config: { role: 'viewer', describe: V1_PEOPLE.list },
        schema: { querystring: PeopleQuery, response: { 200: PeoplePage } },
      },
      async ({ query }) => pageOf(await enrolment.list(query.gallery), query),
    );

    app.get<Path>(
      '/v1/people/:gallery/:id',
      {
        config: { role: 'viewer', describe: V1_PEOPLE.get },
        schema: { params: PersonRefSchema, response: { 200: PersonSchema } },
      },
      async ({ params }) => {
        const person = await enrolment.get(params);
        if (person === undefined) throw unknown(params);
        return person;
      },
    );

    app.delete<Path>(
      '/v1/people/:gallery/:id',
      { config: { role: 'technician', describe: V1_PEOPLE.remove }, schema: { params: PersonRefSchema } },
      async ({ params, caller }, reply) => {
        const outcome = await enrolment.remove(params, caller.actor);
        if (outcome.kind === 'not_found') throw unknown(params);
        return reply.code(204).send();
      },
    );

    app.post<Path & { Querystring: Type.Static<typeof EnrolQuery> }>(
      '/v1/people/:gallery/:id/faces',
      {
        config: { role: 'technician', uploadBytes: maxImageBytes, describe: V1_PEOPLE.enrol },
        schema: { params: PersonRefSchema, querystring: EnrolQuery, response: { 201: EnrolledSchema } },
      },
      async (request, reply) => {
        const { params, query, caller } = request;
        const wrong = checkPersonRef(params);
        if (wrong !== undefined) throw new LimenError('bad_request', wrong);
        const upload = await readUpload(request, 'image');
        if (upload.kind !== 'file') {
          throw new LimenError(
            'bad_request',
            `send one picture as the multipart file "image"; it is ${upload.kind}`,
          );
        }
        const outcome = await enrolment.enrol({
          ...query,
          person: params,
          image: upload.bytes,
          extend: true,
          actor: caller.actor,
          signal: callerLeft(reply),
        });
        if (outcome.kind !== 'enrolled') return sendProblem(reply, enrolProblem(outcome, params));
        const { person, face, duplicateOf } = outcome;
        return reply.code(201).send({ person, faceId: face.faceId, ...(duplicateOf && { duplicateOf }) });
      },
    );
  };
}

function unknown(ref: PersonRef): LimenError {
  return new LimenError('not_found', `nobody is enrolled as ${formatPersonRef(ref)}`);
}

/** Why somebody was not enrolled, in the words of HTTP. */
export function enrolProblem(outcome: EnrolRefusal, ref: PersonRef): Problem {
  switch (outcome.kind) {
    case 'exists':
      return problem('person_exists', `${formatPersonRef(ref)} is already enrolled`);
    case 'unreadable':
      return outcome.refusal === 'too_many_bytes'
        ? problem('too_large', outcome.detail)
        : problem('image_refused', outcome.detail, {
            status: outcome.refusal === 'unsupported_format' ? 415 : 422,
          });
    case 'no_face':
      return problem('no_face', 'no face was found in the picture');
    case 'several_faces':
      return problem('several_faces', `${outcome.count} faces were found in the picture`);
    case 'low_quality':
      return problem('low_quality', outcome.advice.join('. '), { members: { hints: outcome.advice } });
    case 'duplicate_face':
      return problem('duplicate_face', `this face is already enrolled as ${formatPersonRef(outcome.other)}`, {
        members: { other: outcome.other, score: Number(outcome.score.toFixed(4)) },
      });
    case 'different_face':
      return problem('different_face', `the picture does not show ${formatPersonRef(ref)} as enrolled`, {
        members: { score: Number(outcome.score.toFixed(4)) },
      });
    case 'too_many_faces':
      return problem(
        'too_many_faces',
        `${formatPersonRef(ref)} has ${outcome.limit} faces, the most there can be`,
      );
    case 'busy':
      return problem('busy', 'too many pictures are being examined', { retryAfterS: outcome.retryAfterS });
  }
}
