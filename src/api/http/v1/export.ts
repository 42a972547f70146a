import type Type from 'typebox';
import { TAG } from '../openapi/tags.ts';
import type { HttpRoutes } from '../routes.ts';
import type { Keeping } from './keeping.ts';
import { PersonRefSchema } from './schemas.ts';

/** Everything held of one person, templates included: whoever asks needs a token. */
export function exportRoutes({ keeping }: { readonly keeping: Keeping }): HttpRoutes {
  return (app) => {
    app.get<{ Params: Type.Static<typeof PersonRefSchema> }>(
      '/v1/people/:gallery/:id/export',
      {
        config: {
          role: 'technician',
          credential: 'token',
          describe: {
            tag: TAG.people,
            summary: 'Everything held of one person',
            description:
              'For the person, who may ask for it (GDPR art. 15): what is stored, templates and kept pictures included, their account without its hashes, and every journalled event that names them. The export is journalled.',
            answers: { 200: { description: 'A JSON document.', mediaType: 'application/json' } },
          },
        },
        schema: { params: PersonRefSchema },
      },
      async ({ params, caller }, reply) => {
        const held = await keeping.export(params, caller.actor);
        reply.header('content-disposition', 'attachment; filename="person.json"');
        return held;
      },
    );
  };
}
