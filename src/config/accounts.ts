import type { Static } from 'typebox';
import Type from 'typebox';
import { section } from './key.ts';
import type { ConfigProblem } from './problem.ts';

export const AccountsSchema = section(
  {
    minPasswordLength: Type.Integer({
      default: 8,
      minimum: 1,
      maximum: 128,
      reload: 'restart',
      description: 'Fewest characters of a password; shorter ones are refused at registration.',
    }),
  },
  { description: 'Accounts of the accounts-and-vision dialect.' },
);

export const MailSchema = section(
  {
    url: Type.Optional(
      Type.String({
        pattern: '^smtps?://[^\\s/]+/?$',
        form: 'a mail server such as `smtps://limen:secret@mail.example:465`',
        secret: true,
        reload: 'restart',
        unset: 'one-time passwords wait for the technician',
        example: 'smtps://limen:secret@mail.example:465',
        description: 'The server that takes mail; `smtp:` uses STARTTLS and, beyond loopback, insists on it.',
      }),
    ),
    from: Type.Optional(
      Type.String({
        pattern: '^[^\\s@<>]+@[^\\s@<>]+$',
        form: 'a mail address',
        reload: 'restart',
        unset: '`limen@` and the name of the device',
        example: 'door@example.org',
        description: 'Sender of that mail.',
      }),
    ),
  },
  { description: 'Mail with one-time passwords.' },
);

export type MailConfig = Static<typeof MailSchema>;

/** What the schema cannot say. */
export function mailProblems(mail: MailConfig): ConfigProblem[] {
  return mail.url === undefined || URL.canParse(mail.url)
    ? []
    : [{ path: ['mail', 'url'], message: 'is not a URL that can be read (value not shown)' }];
}
