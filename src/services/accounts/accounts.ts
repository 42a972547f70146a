import { toLimenError } from '../../core/errors.ts';
import type { EventBody } from '../../core/events.ts';
import { checkPersonRef, type PersonRef } from '../../core/person.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Eraser } from '../../core/ports/erasure.ts';
import type { Journal } from '../../core/ports/journal.ts';
import type { Log } from '../../core/ports/log.ts';
import type { Mailer } from '../../core/ports/mail.ts';
import type { DocumentStore } from '../../core/ports/store.ts';
import type { Admission } from '../../runtime/admission.ts';
import { type Account, type AccountsDocument, changedAccount, isEmail, joinedAccounts } from './account.ts';
import { type AttemptsDocument, LoginAttempts } from './login-attempts.ts';
import { inForce, ONE_TIME_MS, OneTimeDelivery, RESETS_PER_HOUR, resetBudget } from './one-time-passwords.ts';
import type {
  AccountView,
  LoginOutcome,
  RegisterOutcome,
  ResetOutcome,
  SetPasswordOutcome,
} from './outcome.ts';
import { newOneTimePassword, newSalt, type PasswordHasher, sameHash } from './password-hasher.ts';

/** The document is written as a whole. */
const MAX_ACCOUNTS = 10_000;

export interface AccountsParts {
  readonly accounts: DocumentStore<AccountsDocument>;
  readonly attempts: DocumentStore<AttemptsDocument>;
  readonly hasher: PasswordHasher;
  /** In front of hashing alone; 32 MiB each. */
  readonly admission: Admission;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly log: Log;
  /** Absent: one-time passwords wait for the technician. */
  readonly mailer?: Mailer | undefined;
  /** Where an account's faces go, and how it is named in the journal. */
  readonly gallery: string;
  /** Characters. */
  readonly minPasswordLength: number;
  /** Takes removed accounts out of the journal. */
  readonly eraser?: Eraser | undefined;
}

/** Who may log in. A login says yes or no and issues nothing; no answer ever holds a credential. */
export class Accounts {
  readonly #parts: AccountsParts;
  readonly #attempts: LoginAttempts;
  readonly #delivery: OneTimeDelivery;

  constructor(parts: AccountsParts) {
    this.#parts = parts;
    this.#attempts = new LoginAttempts(parts.attempts, parts.clock);
    this.#delivery = new OneTimeDelivery(parts);
  }

  has(username: string): boolean {
    return this.#find(username) !== undefined;
  }

  /** @throws LimenError `store_fault`: nothing was registered */
  async register(request: {
    username: string;
    password: string;
    email: string;
    actor: string;
  }): Promise<RegisterOutcome> {
    const { username, password, email } = request;
    if (this.has(username)) return { kind: 'exists' };
    const detail =
      checkPersonRef(this.#ref(username)) ?? (isEmail(email) ? undefined : 'email is no address');
    const wrong = detail ?? this.#shortPassword(password);
    if (wrong !== undefined) return { kind: 'invalid', detail: wrong };
    const hashed = await this.#newHash(password);
    if (hashed.kind === 'busy') return hashed;
    const createdAt = this.#parts.clock.wall().toISOString();
    const account: Account = { username, email, createdAt, ...hashed.value, resetsAt: [] };
    let outcome: RegisterOutcome = { kind: 'registered' };
    await this.#parts.accounts.update((value) => {
      if (value.accounts.some((other) => other.username === username)) outcome = { kind: 'exists' };
      else if (value.accounts.length >= MAX_ACCOUNTS) outcome = { kind: 'full', limit: MAX_ACCOUNTS };
      else return { accounts: [...value.accounts, account] };
      return value;
    });
    if (outcome.kind === 'registered') this.#journal(username, 'account_registered', request.actor);
    return outcome;
  }

  /** One key is derived for every login, whether or not there is such an account. @throws LimenError `store_fault` */
  async login(request: { username: string; password: string; actor: string }): Promise<LoginOutcome> {
    const { username, password, actor } = request;
    const { hasher, admission, journal } = this.#parts;
    const before = this.#find(username);
    const admitted = await admission.run(async () =>
      before === undefined ? hasher.hashForNobody(password) : hasher.hash(password, before.salt, before.cost),
    );
    if (admitted.kind === 'busy') return admitted;
    const account = this.#find(username);
    const hash = account?.salt === before?.salt ? (admitted.value ?? '') : '';
    const byPassword = sameHash(hash, account?.hash);
    const byOneTime = this.#inForce(account) && sameHash(hash, account?.oneTime?.hash);
    const matched = byPassword || byOneTime;
    const verdict = await this.#attempts.note(username, { known: account !== undefined, matched });
    if (verdict === 'locked_now' && account !== undefined) {
      journal.append({
        type: 'account.locked',
        person: this.#ref(username),
        reason: 'wrong_passwords',
        actor,
      });
    }
    if (verdict !== 'accepted') return { kind: 'failure' };
    if (byPassword) return { kind: 'success' };
    return (await this.#useUp(username, hash)) ? { kind: 'success' } : { kind: 'failure' };
  }

  /** @throws LimenError `store_fault`: no password was issued */
  async requestReset(request: { username: string; email: string; actor: string }): Promise<ResetOutcome> {
    const { accounts, admission, hasher, clock } = this.#parts;
    const { username } = request;
    const account = this.#find(username);
    if (account === undefined || account.email.toLowerCase() !== request.email.toLowerCase()) {
      return { kind: 'not_found' };
    }
    const { waitMs } = resetBudget(account, clock.wall());
    if (waitMs > 0) return tooMany(waitMs);
    const password = newOneTimePassword();
    const hashed = await admission.run(() => hasher.hash(password, account.salt, account.cost));
    if (hashed.kind === 'busy') return hashed;
    const issuedAt = clock.wall().toISOString();
    let outcome: ResetOutcome | undefined;
    await accounts.update((value) =>
      changedAccount(value, username, (now) => {
        const budget = resetBudget(now, clock.wall());
        if (budget.waitMs > 0) outcome = tooMany(budget.waitMs);
        if (now.salt !== account.salt || outcome !== undefined) return now;
        outcome = { kind: 'queued' };
        return { ...now, oneTime: { hash: hashed.value, issuedAt }, resetsAt: [...budget.recent, issuedAt] };
      }),
    );
    if (outcome === undefined) return { kind: 'not_found' };
    if (outcome.kind !== 'queued') return outcome;
    this.#journal(username, 'one_time_password_issued', request.actor);
    return { kind: await this.#delivery.deliver(account, { password, issuedAt }) };
  }

  /** Replaces the password and what was issued instead of it; unlocks the account. @throws LimenError `store_fault` */
  async setPassword(request: {
    username: string;
    password: string;
    actor: string;
  }): Promise<SetPasswordOutcome> {
    const { username, password } = request;
    const short = this.#shortPassword(password);
    if (!this.has(username)) return { kind: 'not_found' };
    if (short !== undefined) return { kind: 'invalid', detail: short };
    const hashed = await this.#newHash(password);
    if (hashed.kind === 'busy') return hashed;
    let found = false;
    await this.#parts.accounts.update((value) =>
      changedAccount(value, username, ({ oneTime: _, ...account }) => {
        found = true;
        return { ...account, ...hashed.value };
      }),
    );
    if (!found) return { kind: 'not_found' };
    this.#delivery.withdraw(username);
    await this.#attempts.forgive(username);
    this.#journal(username, 'password_set', request.actor);
    return { kind: 'set' };
  }

  /** Every account in order of registration. */
  list(): readonly AccountView[] {
    return this.#parts.accounts.value.accounts.map((account) => {
      const { username, email, createdAt, oneTime } = account;
      const view = {
        id: username,
        email,
        createdAt,
        locked: this.#attempts.isLocked(username),
        hasPassword: account.hash !== undefined,
      };
      if (oneTime === undefined || !this.#inForce(account)) return view;
      const oneTimePassword = this.#delivery.waiting(username, oneTime.issuedAt);
      const expiresAt = new Date(Date.parse(oneTime.issuedAt) + ONE_TIME_MS).toISOString();
      const reset = { requestedAt: oneTime.issuedAt, expiresAt, ...(oneTimePassword && { oneTimePassword }) };
      return { ...view, reset };
    });
  }

  /** False when there was none. Its person, if it has one, stays. @throws LimenError `store_fault` */
  async remove(username: string, actor: string): Promise<boolean> {
    const { eraser, journal } = this.#parts;
    const person = this.#ref(username);
    const event: EventBody = { type: 'token.changed', person, reason: 'account_removed', actor };
    if (eraser !== undefined) {
      const eventOf = (found: boolean) => (found ? event : undefined);
      return eraser.erase({ kind: 'account', person }, () => this.#delete(username), eventOf);
    }
    const found = await this.#delete(username);
    if (found) journal.append(event);
    return found;
  }

  async #delete(username: string): Promise<boolean> {
    let found = false;
    await this.#parts.accounts.update(
      (value) => {
        const accounts = value.accounts.filter((account) => account.username !== username);
        found = accounts.length < value.accounts.length;
        return found ? { accounts } : value;
      },
      { forget: true },
    );
    if (!found) return false;
    this.#delivery.withdraw(username);
    await this.#attempts.forgive(username);
    return true;
  }

  /** Deletes every account, then does `rest`; when that fails the accounts are put back. @throws what `rest` throws */
  async clearWith<T>(rest: () => Promise<T>): Promise<T> {
    const { accounts, log } = this.#parts;
    const before = accounts.value.accounts;
    await accounts.update((value) => (value.accounts.length === 0 ? value : { accounts: [] }), {
      forget: true,
    });
    let result: T;
    try {
      result = await rest();
    } catch (cause) {
      await accounts.update((value) =>
        before.length === 0 ? value : { accounts: joinedAccounts(before, value.accounts) },
      );
      throw cause;
    }
    this.#delivery.withdrawAll();
    try {
      await this.#attempts.clear();
    } catch (cause) {
      // digests of names, forgotten anyway within the hour
      log.warn({ cause: toLimenError(cause).message }, 'failed logins are not cleared');
    }
    return result;
  }

  #find(username: string): Account | undefined {
    return this.#parts.accounts.value.accounts.find((account) => account.username === username);
  }

  #ref(username: string): PersonRef {
    return { gallery: this.#parts.gallery, id: username };
  }

  #inForce(account: Account | undefined): boolean {
    return inForce(account?.oneTime, this.#parts.clock.wall());
  }

  #shortPassword(password: string): string | undefined {
    const { minPasswordLength } = this.#parts;
    return [...password].length < minPasswordLength
      ? `password must have at least ${minPasswordLength} characters`
      : undefined;
  }

  #newHash(password: string) {
    const { admission, hasher } = this.#parts;
    const [salt, { cost }] = [newSalt(), hasher];
    return admission.run(async () => ({ salt, cost, hash: await hasher.hash(password, salt, cost) }));
  }

  /** Of two logins with the same one-time password one succeeds. The old password goes with it. */
  async #useUp(username: string, oneTimeHash: string): Promise<boolean> {
    let used = false;
    await this.#parts.accounts.update((value) =>
      changedAccount(value, username, (account) => {
        if (account.oneTime?.hash !== oneTimeHash) return account;
        used = true;
        const { oneTime: _, hash: __, ...rest } = account;
        return rest;
      }),
    );
    if (used) this.#delivery.withdraw(username);
    return used;
  }

  #journal(username: string, reason: string, actor: string): void {
    this.#parts.journal.append({ type: 'token.changed', person: this.#ref(username), reason, actor });
  }
}

function tooMany(waitMs: number): ResetOutcome {
  return { kind: 'too_many', limit: RESETS_PER_HOUR, retryAfterS: Math.max(1, Math.ceil(waitMs / 1000)) };
}
