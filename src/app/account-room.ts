import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Eraser } from '../core/ports/erasure.ts';
import type { Journal } from '../core/ports/journal.ts';
import type { Log } from '../core/ports/log.ts';
import { SmtpMailer } from '../drivers/mail/smtp-mailer.ts';
import { DocumentFile } from '../drivers/store/documents.ts';
import { Admission } from '../runtime/admission.ts';
import type { Component } from '../runtime/component.ts';
import { type AccountsDocument, parseAccounts } from '../services/accounts/account.ts';
import { Accounts } from '../services/accounts/accounts.ts';
import { type AttemptsDocument, parseAttempts } from '../services/accounts/login-attempts.ts';
import { PasswordHasher } from '../services/accounts/password-hasher.ts';

export interface AccountRoom {
  readonly accounts: Accounts;
  /** In order of start, after the state directory's lock. */
  readonly components: readonly Component[];
}

/** The file of the accounts. */
export function accountsDocument(stateDir: string, log: Log): DocumentFile<AccountsDocument> {
  return new DocumentFile<AccountsDocument>({
    path: join(stateDir, 'accounts.json'),
    log,
    name: 'accounts',
    schema: 1,
    initial: { accounts: [] },
    parse: parseAccounts,
  });
}

/** Who may log in, and who has failed to. `document` is `accountsDocument`. */
export function accountRoom(
  config: Config,
  parts: {
    stateDir: string;
    document: DocumentFile<AccountsDocument>;
    eraser: Eraser;
    journal: Journal;
    clock: Clock;
    log: Log;
  },
): AccountRoom {
  const { stateDir, log, clock } = parts;
  const { mail } = config;
  const documents = {
    accounts: parts.document,
    // an unreadable count must not lift the locks silently, so it stops the start as well
    attempts: new DocumentFile<AttemptsDocument>({
      path: join(stateDir, 'login-attempts.json'),
      log,
      name: 'login-attempts',
      schema: 1,
      initial: { names: {} },
      parse: parseAttempts,
    }),
  };
  const accounts = new Accounts({
    ...parts,
    ...documents,
    hasher: new PasswordHasher(),
    admission: new Admission({ clock }),
    gallery: config.http.defaultGallery,
    minPasswordLength: config.accounts.minPasswordLength,
    mailer:
      mail.url === undefined
        ? undefined
        : new SmtpMailer({ url: mail.url, from: mail.from ?? `limen@${config.device}` }),
  });
  return { accounts, components: [documents.accounts, documents.attempts] };
}
