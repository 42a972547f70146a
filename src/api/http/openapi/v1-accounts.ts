import type { Description } from './description.ts';
import { problemExample, problems } from './problem-answer.ts';
import { TAG } from './tags.ts';
import { TIME } from './v1-people.ts';

const GIVEN = ['account zoe'];
const path = { id: 'zoe' };
const noSuchAccount = problems('No such account.', {
  unknown: problemExample(['not_found', 'there is no account zoe'], { request: { path } }),
});

export const V1_ACCOUNTS = {
  list: {
    tag: TAG.accounts,
    summary: 'Every account, and who waits for a password',
    answers: {
      200: {
        description: '`reset` where a one-time password waits to be handed over.',
        examples: {
          one: {
            given: GIVEN,
            value: {
              accounts: [
                { id: 'zoe', email: 'zoe@example.org', createdAt: TIME, locked: false, hasPassword: true },
              ],
            },
          },
        },
      },
    },
  },
  setPassword: {
    tag: TAG.accounts,
    summary: 'Set a new password',
    answers: {
      204: {
        description: 'Set; a lock-out is lifted.',
        examples: { set: { given: GIVEN, request: { path, json: { password: 'battery staple' } } } },
      },
      404: problems('No such account.', {
        unknown: problemExample(['not_found', 'there is no account zoe'], {
          request: { path, json: { password: 'battery staple' } },
        }),
      }),
    },
  },
  remove: {
    tag: TAG.accounts,
    summary: 'Delete an account',
    answers: {
      204: { description: 'Gone.', examples: { gone: { given: GIVEN, request: { path } } } },
      404: noSuchAccount,
    },
  },
} satisfies Record<string, Description>;
