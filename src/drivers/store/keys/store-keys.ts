import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LimenError } from '../../../core/errors.ts';
import { hasErrno } from '../durable-file.ts';
import { KeyFile } from './key-file.ts';
import { type KeyRing, newStoreKey, parseKeys, type StoreKey } from './store-key.ts';

/** Name of the systemd credential (`LoadCredentialEncrypted=`). */
export const CREDENTIAL = 'limen-store-key';

export interface StoreKeysOptions {
  readonly stateDir: string;
  /** `$CREDENTIALS_DIRECTORY`. A credential there goes before the file. */
  readonly credentialsDir?: string | undefined;
}

/**
 * The store's keys. The one in force comes from the credential, else from `<state>/store.key`; whatever other keys
 * these hold still open older records until everything is sealed under the one in force, and are destroyed then.
 */
export class StoreKeys implements KeyRing {
  readonly #file: KeyFile;
  readonly #credential: string | undefined;
  #inCredential: readonly StoreKey[] = [];
  #inFile: readonly StoreKey[] = [];

  constructor({ stateDir, credentialsDir }: StoreKeysOptions) {
    this.#file = new KeyFile(join(stateDir, 'store.key'));
    this.#credential = credentialsDir === undefined ? undefined : join(credentialsDir, CREDENTIAL);
  }

  /** @throws LimenError `store_key_unsafe` | `store_fault` */
  async load(): Promise<void> {
    this.#inCredential = await readCredential(this.#credential);
    this.#inFile = await this.#file.read();
  }

  /** Removes what a crash left of a key file; for the state directory's writer only. */
  tidy(): Promise<void> {
    return this.#file.tidy();
  }

  get #keys(): readonly StoreKey[] {
    return [...this.#inCredential, ...this.#inFile];
  }

  /** Whether there is no key at all. */
  get empty(): boolean {
    return this.#keys.length === 0;
  }

  /** Where the key in force is kept. */
  get origin(): 'credential' | 'file' {
    return this.#inCredential.length > 0 ? 'credential' : 'file';
  }

  get current(): StoreKey {
    const [current] = this.#keys;
    if (current === undefined) throw this.#missing('nothing can be sealed');
    return current;
  }

  find(id: string): StoreKey {
    const found = this.#keys.find((key) => key.id === id);
    if (found !== undefined) return found;
    if (this.empty) throw this.#missing(`it is sealed under key ${id}`);
    const known = this.#keys.map((key) => key.id).join(', ');
    throw new LimenError('store_key_wrong', `it is sealed under key ${id}; the key here is ${known}`);
  }

  /** Makes the first key. Only for a store in which nothing is sealed. @throws LimenError `store_fault` */
  async create(): Promise<void> {
    await this.#write([newStoreKey()]);
  }

  /**
   * Puts a new key in force, the old one beside it. Nothing to make where one is there already, from a change that
   * was interrupted. @throws LimenError `store_fault`; `store_key_unsafe` for a credential, which only its owner can change
   */
  async begin(): Promise<void> {
    if (this.origin === 'credential') {
      throw new LimenError(
        'store_key_unsafe',
        `the key comes from the credential ${CREDENTIAL}, which Limen cannot change`,
      );
    }
    if (this.#inFile.length === 1) await this.#write([newStoreKey(), ...this.#inFile]);
  }

  /** Whether there are keys besides the one in force. */
  get changing(): boolean {
    return this.#keys.length > 1;
  }

  /** Destroys every key of ours but the one in force. Only when nothing is sealed under them. @throws LimenError `store_fault` */
  async settle(): Promise<void> {
    if (this.origin === 'credential') {
      await this.#file.destroy();
      this.#inFile = [];
    } else if (this.#inFile.length > 1) await this.#write([this.current]);
  }

  async #write(keys: readonly StoreKey[]): Promise<void> {
    await this.#file.write(keys);
    this.#inFile = keys;
  }

  #missing(what: string): LimenError {
    const credential = this.#credential === undefined ? '' : ` and no ${this.#credential}`;
    return new LimenError('store_key_missing', `${what}, and there is no ${this.#file.path}${credential}`);
  }
}

async function readCredential(path: string | undefined): Promise<readonly StoreKey[]> {
  if (path === undefined) return [];
  let text: string;
  try {
    text = await readFile(path, 'latin1');
  } catch (cause) {
    if (hasErrno(cause, 'ENOENT')) return [];
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LimenError('store_key_unsafe', `the credential cannot be read: ${reason}`, { cause });
  }
  return parseKeys(text, path);
}
