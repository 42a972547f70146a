import { LimenError } from '../../core/errors.ts';
import { ROLES, type Role } from '../../core/role.ts';
import type { Command } from './command.ts';

/** Tokens of the API. */
export const TOKEN_COMMANDS: readonly Command[] = [
  {
    name: ['token', 'create'],
    summary: 'make a token for the API; it is shown once',
    examples: [
      'limen token create panel --role terminal',
      'limen token create desk --role technician --expires 90d',
    ],
    words: { help: '[NAME]', min: 0, max: 1 },
    options: {
      role: { type: 'string', value: 'ROLE', help: `${ROLES.join(', ')}: each may what those before it may` },
      expires: {
        type: 'string',
        value: 'WHEN',
        help: '90d, 12h, 2030-01-31 or an RFC 3339 time; else never',
      },
    },
    notes:
      'The token goes into `Authorization: Bearer …` or `X-Api-Key`. A technician\n' +
      'may also unlock doors and make tokens. Only the secret is on standard output.',
    read: (given, common) => {
      const [name] = given.words;
      const [role, expires] = [given.text('role'), given.text('expires')];
      if (!isRole(role)) {
        const what = role === undefined ? 'token create needs --role' : `there is no role ${role}`;
        throw new LimenError('usage', `${what}: one of ${ROLES.join(', ')}`);
      }
      return {
        verb: 'tokenCreate',
        args: {
          ...common,
          role,
          ...(name !== undefined && { name }),
          ...(expires !== undefined && { expires }),
        },
      };
    },
  },
  {
    name: ['token', 'list'],
    summary: 'list the tokens: who may call, since when, until when',
    examples: ['limen token list', 'limen token list --json'],
    read: (_, common) => ({ verb: 'tokenList', args: common }),
  },
  {
    name: ['token', 'revoke'],
    summary: 'revoke a token; it is worth nothing at once',
    examples: ['limen token revoke panel'],
    words: { help: 'NAME|ID', min: 1, max: 1 },
    read: ({ words: [token = ''] }, common) => ({ verb: 'tokenRevoke', args: { ...common, token } }),
  },
];

function isRole(text: string | undefined): text is Role {
  return ROLES.some((role) => role === text);
}
