import type { Description } from './description.ts';
import { problemExample, problems } from './problem-answer.ts';
import { TAG } from './tags.ts';

export const V1_TOKENS = {
  list: {
    tag: TAG.tokens,
    summary: 'Every token, without its secret',
    answers: { 200: { description: 'In order of creation, expired ones included.' } },
  },
  create: {
    tag: TAG.tokens,
    summary: 'Make a token',
    answers: {
      201: { description: '`token` is the secret: shown this once and kept nowhere.' },
      400: problems('The name or the expiry is not usable.', {
        past: problemExample(['bad_request', 'expiresAt has passed already'], {
          request: { json: { name: 'panel', role: 'terminal', expiresAt: '2020-01-01T00:00:00Z' } },
        }),
      }),
      409: problems('There is a token of that name, or there are as many as there can be.'),
    },
  },
  revoke: {
    tag: TAG.tokens,
    summary: 'Revoke a token',
    answers: {
      204: { description: 'Worth nothing from now on; streams that it opened have ended.' },
      404: problems('No such token.', {
        unknown: problemExample(['not_found', 'there is no token panel'], {
          request: { path: { id: 'panel' } },
        }),
      }),
    },
  },
  reenter: {
    tag: TAG.tokens,
    summary: 'Enter your own token again',
    description: 'Before a reset with a token that was made more than 5 minutes ago; holds for this address.',
    answers: {
      200: { description: 'Recent for so many seconds.' },
      403: problems('Another token than the one that the call was made with.', {
        other: problemExample(
          ['forbidden', 'the token in the body is not the one that the call was made with'],
          { request: { json: { token: 'limen_another' } } },
        ),
      }),
    },
  },
} satisfies Record<string, Description>;
