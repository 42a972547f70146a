import Type from 'typebox';
import { roleAllows } from '../../../core/role.ts';
import type { Health } from '../../../runtime/health.ts';
import { V1_SYSTEM } from '../openapi/v1-system.ts';
import type { HttpRoutes } from '../routes.ts';
import { HealthSchema } from './schemas.ts';

export interface HealthParts {
  readonly health: Health;
  /** Whether the start is complete and the stop has not begun. */
  ready(): boolean;
}

/** `/v1/health` answers 200 as long as anybody answers; details are for those who are listed. */
export function healthRoutes({ health, ready }: HealthParts): HttpRoutes {
  return (app) => {
    app.get(
      '/v1/health',
      {
        config: { role: 'open', probe: true, describe: V1_SYSTEM.health },
        schema: { response: { 200: HealthSchema } },
      },
      async (request) => {
        const snapshot = health.snapshot();
        if (roleAllows(request.caller.role, 'viewer')) return snapshot;
        const components = Object.entries(snapshot.components).map(([name, { status }]) => [
          name,
          { status },
        ]);
        return { status: snapshot.status, components: Object.fromEntries(components) };
      },
    );
    app.get(
      '/v1/ready',
      {
        config: { role: 'open', probe: true, describe: V1_SYSTEM.ready },
        schema: { response: { 200: ReadySchema, 503: ReadySchema } },
      },
      async (_request, reply) => {
        const isReady = ready();
        return reply.code(isReady ? 200 : 503).send({ ready: isReady });
      },
    );
  };
}

const ReadySchema = Type.Object({ ready: Type.Boolean() });
