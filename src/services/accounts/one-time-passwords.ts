import { LimenError, toLimenError } from '../../core/errors.ts';
import type { Log } from '../../core/ports/log.ts';
import type { Mailer } from '../../core/ports/mail.ts';
import type { Account } from './account.ts';

export const ONE_TIME_MS = 30 * 60_000;
export const RESETS_PER_HOUR = 3;
const HOUR_MS = 60 * 60_000;

/** Whether it may still be used; a clock that was set back to before its issue makes it invalid. */
export function inForce(oneTime: Account['oneTime'], now: Date): boolean {
  if (oneTime === undefined) return false;
  const ageMs = now.getTime() - Date.parse(oneTime.issuedAt);
  return ageMs >= 0 && ageMs < ONE_TIME_MS;
}

/** The requests of the last hour, and how long the next one must wait (0: not at all). */
export function resetBudget(account: Account, now: Date): { recent: readonly string[]; waitMs: number } {
  const ageMs = (at: string) => now.getTime() - Date.parse(at);
  const recent = account.resetsAt.filter((at) => Math.abs(ageMs(at)) < HOUR_MS);
  const oldest = recent[0];
  if (recent.length < RESETS_PER_HOUR || oldest === undefined) return { recent, waitMs: 0 };
  return { recent, waitMs: Math.min(HOUR_MS, HOUR_MS - ageMs(oldest)) };
}

/** Brings one-time passwords to their owners: by mail, else through the technician who looks into the list. */
export class OneTimeDelivery {
  readonly #mailer: Mailer | undefined;
  readonly #log: Log;
  /** By username. In memory only: what is on disk must not open an account. */
  readonly #queue = new Map<string, { readonly password: string; readonly issuedAt: string }>();

  constructor(parts: { mailer?: Mailer | undefined; log: Log }) {
    this.#mailer = parts.mailer;
    this.#log = parts.log;
  }

  async deliver(
    to: { readonly username: string; readonly email: string },
    oneTime: { readonly password: string; readonly issuedAt: string },
  ): Promise<'mailed' | 'queued'> {
    this.withdraw(to.username);
    try {
      if (this.#mailer === undefined) throw new LimenError('mail_unavailable', 'no mail.url is set');
      await this.#mailer.send({
        to: to.email,
        subject: 'Your one-time password',
        text:
          `A new password was requested for ${to.username}.\n\n` +
          `One-time password: ${oneTime.password}\n\n` +
          `It can be used once, within ${ONE_TIME_MS / 60_000} minutes; then a technician sets a new password.\n` +
          'Your present password stays valid until it is used. If you did not ask for it, do nothing.\n',
      });
      return 'mailed';
    } catch (cause) {
      if (this.#mailer !== undefined) {
        this.#log.warn(
          { cause: toLimenError(cause).message },
          'mail not accepted; queued for the technician',
        );
      }
      this.#queue.set(to.username, oneTime);
      return 'queued';
    }
  }

  /** The password that waits for a technician, if it is that of `issuedAt`. */
  waiting(username: string, issuedAt: string): string | undefined {
    const oneTime = this.#queue.get(username);
    return oneTime?.issuedAt === issuedAt ? oneTime.password : undefined;
  }

  withdraw(username: string): void {
    this.#queue.delete(username);
  }

  withdrawAll(): void {
    this.#queue.clear();
  }
}
