import Type from 'typebox';
import { TAG } from '../openapi/tags.ts';
import type { HttpRoutes } from '../routes.ts';
import type { Keeping } from './keeping.ts';

const RotatedSchema = Type.Object({
  keyId: Type.String({ description: 'names the new key, tells nothing of it' }),
});

/** The key that templates and kept pictures are encrypted under. */
export function keyRoutes({ keeping }: { readonly keeping: Keeping }): HttpRoutes {
  return (app) => {
    app.post(
      '/v1/keys/rotate',
      {
        config: {
          role: 'technician',
          credential: 'token',
          describe: {
            tag: TAG.system,
            summary: 'Change the key of the store',
            description:
              'Everything is encrypted anew and the old key destroyed. Backups made without a passphrase under the old key cannot be opened any more.',
            answers: { 200: { description: 'The new key is in force and the old one is gone.' } },
          },
        },
        schema: { response: { 200: RotatedSchema } },
      },
      async ({ caller }) => ({ keyId: await keeping.changeKey(caller.actor) }),
    );
  };
}
