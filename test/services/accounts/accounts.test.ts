import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { LimenError } from '../../../src/core/errors.ts';
import type { Mail, Mailer } from '../../../src/core/ports/mail.ts';
import { DocumentFile } from '../../../src/drivers/store/documents.ts';
import { Admission } from '../../../src/runtime/admission.ts';
import { ManualClock } from '../../../src/runtime/clock.ts';
import { silentLog } from '../../../src/runtime/logger.ts';
import { type AccountsDocument, parseAccounts } from '../../../src/services/accounts/account.ts';
import { Accounts } from '../../../src/services/accounts/accounts.ts';
import {
  type AttemptsDocument,
  LOCK_MS,
  MAX_FAILURES,
  parseAttempts,
} from '../../../src/services/accounts/login-attempts.ts';
import { type Derive, PasswordHasher } from '../../../src/services/accounts/password-hasher.ts';
import { RecordingJournal } from '../../fixtures/recording-journal.ts';
import { scratch } from '../../fixtures/scratch.ts';

const ANNA = { username: 'anna', password: 'correct-horse', email: 'anna@example.org', actor: 'test' };
const MINUTE_MS = 60_000;

/** Accounts on real files; `reopen` is a restart. */
async function house(options: { mailer?: Mailer } = {}) {
  const directory = scratch();
  const clock = new ManualClock({ epoch: new Date('2030-01-01T00:00:00Z') });
  const journal = new RecordingJournal();
  const derived: string[] = [];
  const { hash } = PasswordHasher.prototype;
  const real = new PasswordHasher({ cost: { N: 16, r: 1, p: 1 } });
  const derive: Derive = async (password, salt, cost) => {
    derived.push(password);
    return Buffer.from(await hash.call(real, password, salt.toString('base64'), cost), 'base64');
  };
  const open = async () => {
    const shared = { log: silentLog, schema: 1 };
    const accounts = new DocumentFile<AccountsDocument>({
      ...shared,
      path: join(directory, 'accounts.json'),
      name: 'accounts',
      initial: { accounts: [] },
      parse: parseAccounts,
    });
    const attempts = new DocumentFile<AttemptsDocument>({
      ...shared,
      path: join(directory, 'attempts.json'),
      name: 'attempts',
      initial: { names: {} },
      parse: parseAttempts,
    });
    await accounts.start();
    await attempts.start();
    const hasher = new PasswordHasher({ cost: { N: 16, r: 1, p: 1 }, derive });
    const admission = new Admission({ clock });
    const parts = { accounts, attempts, hasher, admission, journal, clock, log: silentLog };
    return new Accounts({ ...parts, mailer: options.mailer, gallery: 'default', minPasswordLength: 8 });
  };
  const accounts = await open();
  assert.deepEqual(await accounts.register(ANNA), { kind: 'registered' });
  derived.length = 0;
  const onDisk = () =>
    readdirSync(directory)
      .map((name) => readFileSync(join(directory, name), 'utf8'))
      .join();
  return { accounts, reopen: open, clock, journal, derived, onDisk };
}

const login = async (accounts: Accounts, password: string, username = 'anna') =>
  (await accounts.login({ username, password, actor: 'http:10.0.0.7' })).kind;

async function lockOut(accounts: Accounts, username = 'anna') {
  for (let i = 0; i < MAX_FAILURES; i++) assert.equal(await login(accounts, 'wrong', username), 'failure');
}

/** The one-time password that waits for the technician. */
async function reset(accounts: Accounts): Promise<string> {
  const outcome = await accounts.requestReset({ ...ANNA, actor: 'test' });
  assert.deepEqual(outcome, { kind: 'queued' });
  return accounts.list()[0]?.reset?.oneTimePassword as string;
}

test('the same work for an unknown name, a wrong password, the right one, a locked name and a pending reset', async () => {
  const { accounts, derived } = await house();
  const count = async (password: string, username?: string) => {
    derived.length = 0;
    await login(accounts, password, username);
    return derived.length;
  };
  assert.equal(await count('correct-horse'), 1);
  assert.equal(await count('wrong'), 1);
  assert.equal(await count('wrong', 'nobody'), 1);
  await reset(accounts);
  assert.equal(await count('wrong'), 1);
  await lockOut(accounts);
  assert.equal(await count('correct-horse'), 1);
});

test('neither passwords nor one-time passwords are on disk; each account has its own salt', async () => {
  const { accounts, onDisk } = await house();
  await accounts.register({ ...ANNA, username: 'bob' });
  const oneTime = await reset(accounts);
  assert.match(oneTime, /^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/);
  assert.ok(!onDisk().includes('correct-horse') && !onDisk().includes(oneTime));
  const salts = [...onDisk().matchAll(/"salt":\s*"([^"]+)"/g)].map((match) => match[1]);
  assert.equal(new Set(salts).size, 2);
  assert.match(onDisk(), /"cost":\s*\{\s*"N":\s*16,\s*"r":\s*1,\s*"p":\s*1\s*\}/);
});

test('wrong passwords in a row lock the account; a restart forgives nothing; time does', async () => {
  const { accounts, reopen, clock, journal } = await house();
  await lockOut(accounts);
  const locked = journal.events.filter(({ type }) => type === 'account.locked');
  assert.deepEqual(
    locked.map(({ person, actor }) => ({ person, actor })),
    [{ person: { gallery: 'default', id: 'anna' }, actor: 'http:10.0.0.7' }],
  );
  assert.equal(await login(accounts, 'correct-horse'), 'failure');
  const again = await reopen();
  assert.equal(await login(again, 'correct-horse'), 'failure');
  assert.equal(again.list()[0]?.locked, true);
  clock.advance(LOCK_MS);
  assert.equal(await login(again, 'correct-horse'), 'success');
});

test('failures before a restart count after it, and a success forgives them', async () => {
  const { accounts, reopen } = await house();
  for (let i = 1; i < MAX_FAILURES; i++) await login(accounts, 'wrong');
  const again = await reopen();
  assert.equal(await login(again, 'correct-horse'), 'success');
  for (let i = 1; i < MAX_FAILURES; i++) await login(again, 'wrong');
  await login(await reopen(), 'wrong');
  assert.equal(await login(await reopen(), 'correct-horse'), 'failure');
});

test('unknown names are counted too, without a name on disk and without an event, and do not push out known ones', async () => {
  const { accounts, journal, onDisk } = await house();
  await login(accounts, 'wrong');
  await lockOut(accounts, 'my-secret-typed-as-a-name');
  for (let i = 0; i < 300; i++) await login(accounts, 'wrong', `stranger-${i}`);
  assert.ok(!onDisk().includes('my-secret'));
  assert.equal(journal.events.filter(({ type }) => type === 'account.locked').length, 0);
  for (let i = 1; i < MAX_FAILURES; i++) await login(accounts, 'wrong');
  assert.equal(await login(accounts, 'correct-horse'), 'failure');
});

test('of simultaneous guesses no more than the limit is heard', async () => {
  const { accounts } = await house();
  const guesses = [...Array.from({ length: MAX_FAILURES }, () => 'wrong'), 'correct-horse'];
  const answers = await Promise.all(guesses.map((password) => login(accounts, password)));
  assert.ok(answers.every((answer) => answer === 'failure'));
});

test('of simultaneous registrations of one name one succeeds', async () => {
  const { accounts } = await house();
  const requests = ['a', 'b', 'c', 'd'].map((who) =>
    accounts.register({ ...ANNA, username: 'new', password: `password-of-${who}` }),
  );
  const kinds = (await Promise.all(requests)).map(({ kind }) => kind).sort();
  assert.deepEqual(kinds, ['exists', 'exists', 'exists', 'registered']);
});

test('hashing has a bounded queue', async () => {
  const { accounts } = await house();
  const answers = await Promise.all(Array.from({ length: 30 }, () => login(accounts, 'correct-horse')));
  assert.deepEqual(new Set(answers), new Set(['success', 'busy']));
});

test('a one-time password opens once; the old one is valid until then and not after', async () => {
  const { accounts } = await house();
  const oneTime = await reset(accounts);
  assert.equal(await login(accounts, 'correct-horse'), 'success');
  assert.equal(await login(accounts, oneTime), 'success');
  assert.equal(await login(accounts, oneTime), 'failure');
  assert.equal(await login(accounts, 'correct-horse'), 'failure');
  assert.equal(accounts.list()[0]?.hasPassword, false);
  assert.deepEqual(await accounts.setPassword({ ...ANNA, password: 'another-one' }), { kind: 'set' });
  assert.equal(await login(accounts, 'another-one'), 'success');
});

test('of two simultaneous logins with a one-time password one succeeds', async () => {
  const { accounts } = await house();
  const oneTime = await reset(accounts);
  const answers = await Promise.all([login(accounts, oneTime), login(accounts, oneTime)]);
  assert.deepEqual(answers.sort(), ['failure', 'success']);
});

test('a one-time password lasts half an hour; a later one replaces it', async () => {
  const { accounts, clock } = await house();
  const first = await reset(accounts);
  const second = await reset(accounts);
  assert.equal(await login(accounts, first), 'failure');
  clock.advance(30 * MINUTE_MS);
  assert.equal(await login(accounts, second), 'failure');
  assert.equal(accounts.list()[0]?.reset, undefined);
});

test('three resets an hour, over a restart', async () => {
  const { accounts, reopen, clock } = await house();
  await reset(accounts);
  clock.advance(MINUTE_MS);
  await reset(accounts);
  await reset(accounts);
  const again = await reopen();
  const fourth = await again.requestReset(ANNA);
  assert.deepEqual(fourth, { kind: 'too_many', limit: 3, retryAfterS: 59 * 60 });
  clock.advance(59 * MINUTE_MS);
  await reset(again);
});

test('after a restart a pending reset is still listed, its password only works if somebody has it', async () => {
  const { accounts, reopen } = await house();
  const oneTime = await reset(accounts);
  const again = await reopen();
  assert.deepEqual(again.list()[0]?.reset, {
    requestedAt: '2030-01-01T00:00:00.000Z',
    expiresAt: '2030-01-01T00:30:00.000Z',
  });
  assert.equal(await login(again, oneTime), 'success');
});

test('mailed when the server takes it, queued when it does not', async () => {
  const mails: Mail[] = [];
  let down = false;
  const mailer: Mailer = {
    send: async (mail) => {
      if (down) throw new LimenError('mail_unavailable', 'down');
      mails.push(mail);
    },
  };
  const { accounts } = await house({ mailer });
  assert.deepEqual(await accounts.requestReset({ ...ANNA, email: 'Anna@Example.org' }), { kind: 'mailed' });
  assert.equal(mails[0]?.to, 'anna@example.org');
  assert.equal(accounts.list()[0]?.reset?.oneTimePassword, undefined);
  const sent = /One-time password: (\S+)/.exec(mails[0].text)?.[1] as string;
  assert.equal(await login(accounts, sent), 'success');
  down = true;
  assert.equal(await login(accounts, await reset(accounts)), 'success');
});

test('the technician sets a password: the lock, the old one and the one-time one are gone', async () => {
  const { accounts } = await house();
  const oneTime = await reset(accounts);
  await lockOut(accounts);
  assert.deepEqual(await accounts.setPassword({ ...ANNA, password: 'short' }), {
    kind: 'invalid',
    detail: 'password must have at least 8 characters',
  });
  await accounts.setPassword({ ...ANNA, password: 'another-one' });
  assert.equal(await login(accounts, 'another-one'), 'success');
  assert.equal(await login(accounts, 'correct-horse'), 'failure');
  assert.equal(await login(accounts, oneTime), 'failure');
});

test('deleted accounts are in no generation on disk; a failed reset puts them back', async () => {
  const { accounts, onDisk } = await house();
  await assert.rejects(
    accounts.clearWith(async () => {
      assert.equal(accounts.has('anna'), false);
      throw new LimenError('store_fault', 'full');
    }),
    { code: 'store_fault' },
  );
  assert.equal(await login(accounts, 'correct-horse'), 'success');
  assert.equal(await accounts.clearWith(async () => 7), 7);
  assert.ok(!onDisk().includes('anna'));
});

test('administrative changes are journalled with who asked, never with a secret', async () => {
  const { accounts, journal } = await house();
  await reset(accounts);
  await accounts.setPassword({ ...ANNA, password: 'another-one' });
  await accounts.remove('anna', 'test');
  assert.deepEqual(
    journal.events.map(({ type, reason, actor }) => [type, reason, actor]),
    ['account_registered', 'one_time_password_issued', 'password_set', 'account_removed'].map((reason) => [
      'token.changed',
      reason,
      'test',
    ]),
  );
});
