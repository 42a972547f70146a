import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LimenError } from '../../core/errors.ts';
import type { PictureStore } from '../../core/ports/store.ts';
import { hasErrno, readIfThere, StagedFile, storeFault, syncDirectory } from './durable-file.ts';
import { DataKeys, HEAD_BYTES, openBox, sealBox } from './keys/data-keys.ts';
import type { KeyRing } from './keys/store-key.ts';
import { Turnstile } from './turnstile.ts';

const NAME = /^[0-9a-f]{32}$/;

/**
 * Kept pictures, one file each: data key head, then the picture under AES-256-GCM, bound to its name. Names are random
 * and tell nothing; the sealed record of the person says which are theirs. What no face names is left over from
 * something that was cut short, and is swept.
 */
export class PictureFiles implements PictureStore {
  readonly #directory: string;
  readonly #keys: DataKeys;
  readonly #turns = new Turnstile();
  #made = false;

  /** `directory` is made with the first picture. */
  constructor(options: { readonly directory: string; readonly ring: KeyRing }) {
    this.#directory = options.directory;
    this.#keys = new DataKeys(options.ring, 'pictures');
  }

  keep(picture: Uint8Array): Promise<string> {
    const name = randomBytes(16).toString('hex');
    return this.#turns.shared(name, async () => {
      await this.#write(name, picture);
      return name;
    });
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    if (!NAME.test(name)) return undefined;
    const path = join(this.#directory, name);
    const bytes = await readIfThere(path);
    if (bytes === undefined) return undefined;
    try {
      const { key } = this.#keys.forOpening(bytes.subarray(0, HEAD_BYTES));
      return openBox(key, bytes.subarray(HEAD_BYTES), boundTo(name));
    } catch (cause) {
      if (cause instanceof LimenError) throw cause;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new LimenError('store_corrupt', `${path}: ${reason}`, { cause });
    }
  }

  async discard(names: readonly string[]): Promise<void> {
    const files = names.filter((name) => NAME.test(name));
    if (files.length === 0) return;
    try {
      for (const name of files) await rm(join(this.#directory, name), { force: true });
      await syncDirectory(this.#directory);
    } catch (cause) {
      if (!hasErrno(cause, 'ENOENT')) throw storeFault('removing kept pictures', cause);
    }
  }

  /** Seals every picture that is under another key under the one in force. @throws LimenError `store_fault` | `store_corrupt` */
  reseal(): Promise<void> {
    return this.#turns.exclusive(async () => {
      for (const name of (await this.#files()).filter((file) => NAME.test(file))) {
        const head = await this.#head(name);
        if (head === undefined || this.#keys.isCurrent(head)) continue;
        const picture = await this.read(name);
        if (picture !== undefined) await this.#write(name, picture);
      }
    });
  }

  /** Removes every file that is not among `named`; how many. @throws LimenError `store_fault` */
  async sweep(named: ReadonlySet<string>): Promise<number> {
    const left = (await this.#files()).filter((name) => !named.has(name));
    try {
      for (const name of left) await rm(join(this.#directory, name), { force: true });
      if (left.length > 0) await syncDirectory(this.#directory);
    } catch (cause) {
      throw storeFault('removing left-over pictures', cause);
    }
    return left.length;
  }

  async #write(name: string, picture: Uint8Array): Promise<void> {
    const { head, key } = this.#keys.forSealing(1);
    const staged = new StagedFile(join(this.#directory, name));
    try {
      await this.#makeDirectory();
      await staged.begin();
      await staged.append(Buffer.concat([head, sealBox(key, picture, boundTo(name))]));
      await staged.commit('leave');
    } catch (cause) {
      await staged.discard();
      throw storeFault('keeping a picture', cause);
    }
  }

  async #files(): Promise<string[]> {
    try {
      return await readdir(this.#directory);
    } catch (cause) {
      if (hasErrno(cause, 'ENOENT')) return [];
      throw storeFault(`reading ${this.#directory}`, cause);
    }
  }

  /** What its file begins with; undefined when it was discarded meanwhile. */
  async #head(name: string): Promise<Buffer | undefined> {
    const head = Buffer.alloc(HEAD_BYTES);
    try {
      const handle = await open(join(this.#directory, name));
      await handle.read(head, 0, HEAD_BYTES, 0).finally(() => handle.close());
      return head;
    } catch (cause) {
      if (hasErrno(cause, 'ENOENT')) return undefined;
      throw storeFault(`reading ${join(this.#directory, name)}`, cause);
    }
  }

  async #makeDirectory(): Promise<void> {
    if (this.#made) return;
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    await syncDirectory(dirname(this.#directory));
    this.#made = true;
  }
}

function boundTo(name: string): Buffer {
  return Buffer.from(JSON.stringify(['picture', name]));
}
