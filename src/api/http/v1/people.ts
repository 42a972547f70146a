import type Type from 'typebox';
import { LimenError } from '../../../core/errors.ts';
import { checkPersonRef, formatPersonRef, type PersonRef } from '../../../core/person.ts';
import type { Enrolment } from '../../../services/enrolment/enrolment.ts';
import type { Roster, UpdateOutcome } from '../../../services/enrolment/roster.ts';
import { V1_PEOPLE } from '../openapi/v1-people.ts';
import type { HttpRoutes } from '../routes.ts';
import { pageOf } from './page.ts';
import {
  GalleriesSchema,
  PeoplePage,
  PeopleQuery,
  PersonDetailsSchema,
  PersonPatchSchema,
  PersonRefSchema,
  PersonSchema,
} from './schemas.ts';

export interface PeopleParts {
  readonly enrolment: Enrolment;
  readonly roster: Roster;
}

type Path = { Params: Type.Static<typeof PersonRefSchema> };

/** Who there is, under which name, and whether they may pass. */
export function peopleRoutes({ enrolment, roster }: PeopleParts): HttpRoutes {
  return (app) => {
    app.get(
      '/v1/galleries',
      {
        config: { role: 'viewer', describe: V1_PEOPLE.galleries },
        schema: { response: { 200: GalleriesSchema } },
      },
      async () => ({ galleries: await roster.galleries() }),
    );

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
        if (person === undefined) throw unknownPerson(params);
        return person;
      },
    );

    app.put<Path & { Body: Type.Static<typeof PersonDetailsSchema> }>(
      '/v1/people/:gallery/:id',
      {
        config: { role: 'technician', describe: V1_PEOPLE.put },
        schema: {
          params: PersonRefSchema,
          body: PersonDetailsSchema,
          response: { 200: PersonSchema, 201: PersonSchema },
        },
      },
      async ({ params, body, caller }, reply) => {
        const wrong = checkPersonRef(params);
        if (wrong !== undefined) throw new LimenError('bad_request', wrong);
        const { person, created } = updated(await roster.put(params, body, caller.actor), params);
        return reply.code(created ? 201 : 200).send(person);
      },
    );

    app.patch<Path & { Body: Type.Static<typeof PersonPatchSchema> }>(
      '/v1/people/:gallery/:id',
      {
        config: { role: 'technician', describe: V1_PEOPLE.patch },
        schema: { params: PersonRefSchema, body: PersonPatchSchema, response: { 200: PersonSchema } },
      },
      async ({ params, body, caller }) =>
        updated(await roster.patch(params, body, caller.actor), params).person,
    );

    app.delete<Path>(
      '/v1/people/:gallery/:id',
      { config: { role: 'technician', describe: V1_PEOPLE.remove }, schema: { params: PersonRefSchema } },
      async ({ params, caller }, reply) => {
        const outcome = await enrolment.remove(params, caller.actor);
        if (outcome.kind === 'not_found') throw unknownPerson(params);
        return reply.code(204).send();
      },
    );
  };
}

/** @throws LimenError `not_found` | `bad_request` */
function updated(outcome: UpdateOutcome, ref: PersonRef): Extract<UpdateOutcome, { kind: 'updated' }> {
  switch (outcome.kind) {
    case 'updated':
      return outcome;
    case 'not_found':
      throw unknownPerson(ref);
    case 'invalid':
      throw new LimenError('bad_request', outcome.detail);
  }
}

export function unknownPerson(ref: PersonRef): LimenError {
  return new LimenError('not_found', `nobody is enrolled as ${formatPersonRef(ref)}`);
}
