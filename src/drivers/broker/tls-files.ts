import { X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { LimenError } from '../../core/errors.ts';
import type { Log } from '../../core/ports/log.ts';

/** PEM files of a connection; none are needed where the broker is signed by a public authority and asks for nothing. */
export interface TlsPaths {
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
}

/** What stood in the files at one time. */
export interface TlsPem {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

/**
 * The certificates of a connection, over renewals. New files are taken once they can be read and belong together; until
 * a connection was made with them, those that made the last one are kept and tried in turn: half of a renewal, or one
 * that the broker refuses, does not cut the daemon off.
 */
export class TlsFiles {
  readonly #paths: TlsPaths;
  readonly #log: Log;
  /** Of the files when they were read last, whatever became of it. */
  #stamp: string | undefined;
  #newest: TlsPem | undefined;
  /** Made the last connection. */
  #proven: TlsPem | undefined;
  /** Why the newest did not make one, since they are there. */
  #refusal: string | undefined;
  #triedLast: TlsPem | undefined;
  #told = false;

  constructor(paths: TlsPaths, log: Log) {
    this.#paths = paths;
    this.#log = log;
  }

  /** Whether there is anything that could be renewed. */
  get any(): boolean {
    return Object.values(this.#paths).some((path) => path !== undefined);
  }

  /** What the next attempt is to use. @throws LimenError `broker_unavailable` before the files were usable once */
  async next(): Promise<TlsPem> {
    await this.#look();
    const [newest, proven] = [this.#newest, this.#proven];
    if (newest === undefined)
      throw new LimenError('broker_unavailable', 'the certificates have not been read');
    const useProven = proven !== undefined && this.#refusal !== undefined && this.#triedLast === newest;
    this.#triedLast = useProven ? proven : newest;
    return this.#triedLast;
  }

  /** Whether a new connection would use other certificates than the one that there is. */
  async renewed(): Promise<boolean> {
    await this.#look().catch(() => undefined);
    return this.#newest !== this.#proven && this.#refusal === undefined;
  }

  opened(pem: TlsPem): void {
    const before = this.#proven;
    this.#proven = pem;
    if (pem === this.#newest) {
      this.#refusal = undefined;
      if (before === undefined || before === pem) return;
      const { caFile: ca, certFile: cert } = this.#paths;
      this.#log.info({ cert, ca }, 'renewed certificates in use at the broker');
    } else if (this.#refusal !== undefined && !this.#told) {
      this.#told = true;
      this.#log.error(
        { cause: this.#refusal },
        'the renewed certificates make no connection; the old ones stay in use',
      );
    }
  }

  /** `reached`: somebody answered at the broker's address, so that it may be the certificates' fault. */
  failed(pem: TlsPem, end: { readonly reason: string; readonly reached: boolean }): void {
    if (pem === this.#newest && end.reached) this.#refusal = end.reason;
  }

  async #look(): Promise<void> {
    const stamp = (
      await Promise.all([this.#paths.caFile, this.#paths.certFile, this.#paths.keyFile].map(stampOf))
    ).join(' ');
    if (stamp === this.#stamp && this.#newest !== undefined) return;
    try {
      const read = await readPem(this.#paths);
      // written again with the same content: nothing was renewed
      if (this.#newest !== undefined && samePem(read, this.#newest)) return;
      this.#newest = read;
      this.#refusal = undefined;
      this.#told = false;
    } catch (cause) {
      if (this.#newest === undefined) throw cause;
      this.#log.error(
        { cause: (cause as Error).message },
        'the renewed certificates cannot be used; the old ones stay in use',
      );
    } finally {
      this.#stamp = stamp;
    }
  }
}

/** @throws LimenError `broker_unavailable` that names the file */
async function readPem({ caFile, certFile, keyFile }: TlsPaths): Promise<TlsPem> {
  try {
    const [ca, cert, key] = await Promise.all(
      [caFile, certFile, keyFile].map((path) => (path === undefined ? undefined : readFile(path))),
    );
    // an authority that is none is passed over in silence by TLS itself
    if (ca !== undefined) named(caFile, () => new X509Certificate(ca));
    if (cert !== undefined) named(certFile, () => new X509Certificate(cert));
    const pem = { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
    named(keyFile ?? caFile, () => createSecureContext(pem));
    return pem;
  } catch (cause) {
    throw new LimenError('broker_unavailable', (cause as Error).message, { cause });
  }
}

function samePem(a: TlsPem, b: TlsPem): boolean {
  return (['ca', 'cert', 'key'] as const).every((name) => a[name]?.toString() === b[name]?.toString());
}

function named(path: string | undefined, look: () => unknown): void {
  try {
    look();
  } catch (cause) {
    throw new Error(`${path}: ${(cause as Error).message}`, { cause });
  }
}

/** Changes whenever the file does, also through a symbolic link as renewal programs use them. */
async function stampOf(path: string | undefined): Promise<string> {
  if (path === undefined) return '-';
  try {
    const { ino, size, mtimeMs } = await stat(path);
    return `${ino}.${size}.${mtimeMs}`;
  } catch {
    return 'missing';
  }
}
