import Type from 'typebox';
import { LimenError } from '../../../core/errors.ts';
import type { Accounts } from '../../../services/accounts/accounts.ts';
import { V1_ACCOUNTS } from '../openapi/v1-accounts.ts';
import { problem } from '../problem.ts';
import { type HttpRoutes, sendProblem } from '../routes.ts';

const AccountPath = Type.Object({ id: Type.String({ minLength: 1, maxLength: 128 }) });
const PasswordBody = Type.Object({ password: Type.String({ minLength: 1, maxLength: 4096 }) });
const AccountList = Type.Object({
  accounts: Type.Array(
    Type.Object({
      id: Type.String(),
      email: Type.String(),
      createdAt: Type.String(),
      locked: Type.Boolean(),
      hasPassword: Type.Boolean(),
      reset: Type.Optional(
        Type.Object({
          requestedAt: Type.String(),
          expiresAt: Type.String(),
          oneTimePassword: Type.Optional(Type.String()),
        }),
      ),
    }),
  ),
});

type Path = { Params: Type.Static<typeof AccountPath> };

/** The technician's side of the accounts: who there is, who waits for a password, and a new one for them. */
export function accountRoutes({ accounts }: { readonly accounts: Accounts }): HttpRoutes {
  return (app) => {
    app.get(
      '/v1/accounts',
      {
        config: { role: 'technician', describe: V1_ACCOUNTS.list },
        schema: { response: { 200: AccountList } },
      },
      async () => ({ accounts: accounts.list() }),
    );

    app.put<Path & { Body: Type.Static<typeof PasswordBody> }>(
      '/v1/accounts/:id/password',
      {
        config: { role: 'technician', credential: 'token', describe: V1_ACCOUNTS.setPassword },
        schema: { params: AccountPath, body: PasswordBody },
      },
      async ({ params, body, caller }, reply) => {
        const request = { username: params.id, password: body.password, actor: caller.actor };
        const outcome = await accounts.setPassword(request);
        switch (outcome.kind) {
          case 'set':
            return reply.code(204).send();
          case 'not_found':
            throw unknown(params.id);
          case 'invalid':
            throw new LimenError('bad_request', outcome.detail);
          case 'busy':
            return sendProblem(
              reply,
              problem('busy', 'too many passwords are being examined', { retryAfterS: outcome.retryAfterS }),
            );
        }
      },
    );

    app.delete<Path>(
      '/v1/accounts/:id',
      { config: { role: 'technician', describe: V1_ACCOUNTS.remove }, schema: { params: AccountPath } },
      async ({ params, caller }, reply) => {
        if (!(await accounts.remove(params.id, caller.actor))) throw unknown(params.id);
        return reply.code(204).send();
      },
    );
  };
}

function unknown(id: string): LimenError {
  return new LimenError('not_found', `there is no account ${id}`);
}
