import { TAG } from '../openapi/tags.ts';
import type { HttpRoutes } from '../routes.ts';

/** The configuration in force. `settings` must be free of secrets. */
export function configRoutes({ settings }: { readonly settings: Record<string, unknown> }): HttpRoutes {
  return (app) => {
    app.get(
      '/v1/config',
      {
        config: {
          role: 'technician',
          describe: {
            tag: TAG.system,
            summary: 'The configuration in force, without its secrets',
            description: 'For reading: the file is what counts, and `limen config check` tests it.',
            answers: {
              200: {
                description: 'As `limen config print --json` shows it.',
                schema: { type: 'object' },
              },
            },
          },
        },
      },
      async () => settings,
    );
  };
}
