import { constants } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import type { ServerOptions } from 'node:https';
import { createSecureContext } from 'node:tls';
import { LimenError, toLimenError } from '../../core/errors.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Log } from '../../core/ports/log.ts';
import { BOUNDS, type HttpSettings } from './settings.ts';

/** What `https.createServer` and `setSecureContext` are given. */
export type TlsOptions = Pick<
  ServerOptions,
  'cert' | 'key' | 'ca' | 'requestCert' | 'rejectUnauthorized' | 'secureOptions'
>;

/** Undefined without TLS. @throws LimenError `config_unreadable` | `config_invalid` when the files do not belong together */
export function readTls({ tls }: Pick<HttpSettings, 'tls'>): TlsOptions | undefined {
  if (tls?.cert === undefined || tls.key === undefined) return undefined;
  let options: TlsOptions;
  try {
    options = { cert: readFileSync(tls.cert), key: readFileSync(tls.key) };
    if (tls.ca !== undefined) {
      options = {
        ...options,
        ca: readFileSync(tls.ca),
        requestCert: true,
        // whoever shows none, or a wrong one, is answered in words instead of a broken connection
        rejectUnauthorized: false,
        // no resumed sessions: an authority that was replaced vouches for nobody from then on
        secureOptions: constants.SSL_OP_NO_TICKET,
      };
    }
  } catch (cause) {
    throw new LimenError('config_unreadable', `http.tls: ${(cause as Error).message}`, { cause });
  }
  try {
    createSecureContext(options);
  } catch (cause) {
    throw new LimenError('config_invalid', `http.tls: ${(cause as Error).message}`, { cause });
  }
  return options;
}

interface RenewalParts {
  readonly settings: Pick<HttpSettings, 'tls'>;
  readonly clock: Clock;
  readonly log: Log;
  apply(options: TlsOptions): void;
}

/** Looks at the files once in a while and hands over renewed ones; those that cannot be used are told and left. */
export class TlsRenewal {
  readonly #parts: RenewalParts;
  #seen = '';
  #cancel: () => void = () => {};

  constructor(parts: RenewalParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#seen = this.#stamp();
    this.#schedule();
  }

  stop(): void {
    this.#cancel();
  }

  #schedule(): void {
    this.#cancel = this.#parts.clock.after(BOUNDS.certificateCheckMs, () => {
      this.#look();
      this.#schedule();
    });
  }

  #look(): void {
    const { settings, log } = this.#parts;
    const stamp = this.#stamp();
    if (stamp === this.#seen) return;
    this.#seen = stamp;
    try {
      const options = readTls(settings);
      if (options === undefined) return;
      this.#parts.apply(options);
      log.info({ cert: settings.tls?.cert }, 'renewed certificate taken over');
    } catch (cause) {
      // half of a renewal: the next look sees the other half
      log.error(
        { cause: toLimenError(cause).message },
        'the renewed certificate cannot be used; the old one stays',
      );
    }
  }

  /** Changes whenever one of the files does, also through a symbolic link as renewal programs use them. */
  #stamp(): string {
    const { cert, key, ca } = this.#parts.settings.tls ?? {};
    return [cert, key, ca].map(stampOf).join(' ');
  }
}

function stampOf(path: string | undefined): string {
  if (path === undefined) return '-';
  try {
    const { ino, size, mtimeMs } = statSync(path);
    return `${ino}.${size}.${mtimeMs}`;
  } catch {
    return 'missing';
  }
}
