import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The reason for skipping, or false: openssl is a Debian package. */
export function withoutOpenssl(): string | false {
  try {
    execFileSync('openssl', ['version'], { stdio: 'pipe' });
    return false;
  } catch {
    return 'needs openssl (apt-get install openssl)';
  }
}

/** Authorities and pairs of certificate and key in a directory of their own. */
export class Certificates {
  readonly #directory = mkdtempSync(join(tmpdir(), 'limen-tls-'));

  path(name: string): string {
    return join(this.#directory, name);
  }

  authority(name: string): void {
    openssl(`req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=${name}`, [
      '-keyout',
      this.path(`${name}.key`),
      '-out',
      this.path(`${name}.pem`),
    ]);
  }

  /** `days`: how long from now it is valid; below 0 it has expired. */
  signedBy(ca: string, name: string, extension: string, days = 2): void {
    writeFileSync(this.path(`${name}.ext`), extension);
    openssl(`req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=${name}`, [
      '-keyout',
      this.path(`${name}.key`),
      '-out',
      this.path(`${name}.csr`),
    ]);
    openssl(`x509 -req -days ${days} -CAcreateserial`, [
      '-in',
      this.path(`${name}.csr`),
      '-CA',
      this.path(`${ca}.pem`),
      '-CAkey',
      this.path(`${ca}.key`),
      '-extfile',
      this.path(`${name}.ext`),
      '-out',
      this.path(`${name}.pem`),
    ]);
  }

  /** In one step, as renewal programs do it. */
  put(from: string, to: string): void {
    copyFileSync(this.path(from), this.path(`${to}.new`));
    renameSync(this.path(`${to}.new`), this.path(to));
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

function openssl(options: string, files: string[]): void {
  execFileSync('openssl', [...options.split(' '), ...files], { stdio: 'pipe' });
}
