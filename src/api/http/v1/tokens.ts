import Type from 'typebox';
import { LimenError } from '../../../core/errors.ts';
import { ROLES } from '../../../core/role.ts';
import { RECENT_MS, type Tokens } from '../../../services/tokens/tokens.ts';
import { bearerOf } from '../callers.ts';
import { V1_TOKENS } from '../openapi/v1-tokens.ts';
import { problem } from '../problem.ts';
import { type HttpRoutes, sendProblem } from '../routes.ts';

const closed = { additionalProperties: false };

const VIEW = {
  id: Type.String(),
  name: Type.String(),
  role: Type.Enum([...ROLES]),
  createdAt: Type.String({ description: 'RFC 3339 UTC' }),
  expiresAt: Type.Optional(Type.String({ description: 'RFC 3339 UTC; never when absent' })),
  lastUsedOn: Type.Optional(Type.String({ description: 'UTC day' })),
};
const TokenList = Type.Object({ tokens: Type.Array(Type.Object(VIEW, closed)) }, closed);
const CreateBody = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 100, description: 'unique; shown in the journal' }),
    role: Type.Enum([...ROLES]),
    expiresAt: Type.Optional(Type.String({ maxLength: 64, description: 'RFC 3339' })),
  },
  closed,
);
const Created = Type.Object(
  { token: Type.String({ description: 'the secret; shown this once and kept nowhere' }), ...VIEW },
  closed,
);
const TokenPath = Type.Object({ id: Type.String({ minLength: 1, maxLength: 128 }) });
const ReenterBody = Type.Object({ token: Type.String({ minLength: 1, maxLength: 256 }) }, closed);
const Reentered = Type.Object({ recentForS: Type.Integer({ description: 'seconds' }) }, closed);

/** API tokens. Only who has one already, or the state directory's own socket, gets at them. */
export function tokenRoutes({ tokens }: { readonly tokens: Tokens }): HttpRoutes {
  const config = { role: 'technician', credential: 'token' } as const;
  return (app) => {
    app.get(
      '/v1/tokens',
      {
        config: { ...config, describe: V1_TOKENS.list },
        schema: { response: { 200: TokenList } },
      },
      async () => ({ tokens: tokens.list() }),
    );

    app.post<{ Body: Type.Static<typeof CreateBody> }>(
      '/v1/tokens',
      {
        config: { ...config, describe: V1_TOKENS.create },
        schema: { body: CreateBody, response: { 201: Created } },
      },
      async ({ body, caller }, reply) => {
        const outcome = await tokens.create({ ...body, actor: caller.actor });
        switch (outcome.kind) {
          case 'created':
            return reply.code(201).send({ token: outcome.secret, ...outcome.token });
          case 'exists': {
            const detail = `there is a token named "${body.name}" already`;
            return sendProblem(reply, problem('bad_request', detail, { status: 409 }));
          }
          case 'full': {
            const detail = `there are ${outcome.limit} tokens, the most there can be`;
            return sendProblem(reply, problem('bad_request', detail, { status: 409 }));
          }
          case 'invalid':
            throw new LimenError('bad_request', outcome.detail);
        }
      },
    );

    app.delete<{ Params: Type.Static<typeof TokenPath> }>(
      '/v1/tokens/:id',
      {
        config: { ...config, describe: V1_TOKENS.revoke },
        schema: { params: TokenPath },
      },
      async ({ params, caller }, reply) => {
        if (!(await tokens.revoke(params.id, caller.actor))) {
          throw new LimenError('not_found', `there is no token ${params.id}`);
        }
        return reply.code(204).send();
      },
    );

    app.post<{ Body: Type.Static<typeof ReenterBody> }>(
      '/v1/tokens/self/reenter',
      {
        config: {
          role: 'viewer',
          credential: 'token',
          describe: V1_TOKENS.reenter,
        },
        schema: { body: ReenterBody, response: { 200: Reentered } },
      },
      async (request) => {
        const bearer = bearerOf(request);
        const { address, actor } = request.caller;
        if (tokens.authenticate(request.body.token)?.id !== bearer.id) {
          throw new LimenError(
            'forbidden',
            'the token in the body is not the one that the call was made with',
          );
        }
        tokens.reenter(bearer, address, actor);
        return { recentForS: RECENT_MS / 1000 };
      },
    );
  };
}
