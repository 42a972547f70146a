import { createTransport } from 'nodemailer';
import { LimenError } from '../../core/errors.ts';
import type { Mail, Mailer } from '../../core/ports/mail.ts';

/** Somebody waits for the answer: a server that takes longer counts as unreachable. */
const TIMEOUT_MS = 10_000;
/** Mails handed over at one time; further ones are refused rather than kept. */
const MAX_IN_FLIGHT = 4;

export interface SmtpMailerOptions {
  /** `smtp://user:password@host:587` or `smtps://…:465`. */
  readonly url: string;
  readonly from: string;
  /** PEM of a private authority, for tests and sites that have one. */
  readonly ca?: string;
}

/**
 * One SMTP connection per mail: there are a few a day. `smtp:` changes to TLS by STARTTLS and sends nothing without it,
 * unless the server is this machine.
 */
export class SmtpMailer implements Mailer {
  readonly #options: SmtpMailerOptions;
  #inFlight = 0;

  constructor(options: SmtpMailerOptions) {
    this.#options = options;
  }

  /** Whether the server answers and takes the credentials; nothing is sent. @throws LimenError `mail_unavailable` */
  async check(): Promise<void> {
    const transport = createTransport(connection(this.#options));
    try {
      await transport.verify();
    } catch (cause) {
      throw new LimenError('mail_unavailable', `the mail server refuses us (${reasonOf(cause)})`, { cause });
    } finally {
      transport.close();
    }
  }

  async send(mail: Mail): Promise<void> {
    if (this.#inFlight >= MAX_IN_FLIGHT) {
      throw new LimenError('mail_unavailable', `${MAX_IN_FLIGHT} mails are under way already`);
    }
    this.#inFlight++;
    let transport: ReturnType<typeof createTransport> | undefined;
    try {
      transport = createTransport(connection(this.#options));
      await transport.sendMail({
        from: this.#options.from,
        // as an object: an address is never parsed for further ones
        to: { name: '', address: mail.to },
        subject: mail.subject,
        text: mail.text,
        disableFileAccess: true,
        disableUrlAccess: true,
      });
    } catch (cause) {
      throw new LimenError('mail_unavailable', `the mail server did not take the mail (${reasonOf(cause)})`, {
        cause,
      });
    } finally {
      this.#inFlight--;
      transport?.close();
    }
  }
}

/** Not the server's own words: they may repeat what it was sent. */
function reasonOf(cause: unknown): string {
  const { code, responseCode } = cause as { code?: string; responseCode?: number };
  return [code, responseCode].filter(Boolean).join(' ') || 'no reason given';
}

function connection({ url, ca }: SmtpMailerOptions) {
  const { protocol, hostname, port, username, password } = new URL(url);
  const secure = protocol === 'smtps:';
  const host = hostname.replace(/^\[|\]$/g, '');
  return {
    host,
    port: port === '' ? (secure ? 465 : 587) : Number(port),
    secure,
    requireTLS: !secure && !isThisMachine(host),
    ...(username !== '' && {
      auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) },
    }),
    ...(ca !== undefined && { tls: { ca } }),
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    dnsTimeout: TIMEOUT_MS,
  };
}

function isThisMachine(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
