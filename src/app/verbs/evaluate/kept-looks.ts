import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * What was seen in each picture, kept until the run has ended, so that an interrupted one goes on: lines of JSON, one a
 * picture, appended as it is done. A line that an interruption has cut is forgotten. The file holds templates of faces:
 * nobody but its owner may read it, and a run that ends well removes it.
 */
export class KeptLooks<T> {
  readonly #path: string;
  readonly #looks: Map<string, T>;
  #file: Awaited<ReturnType<typeof open>> | undefined;

  private constructor(path: string, looks: Map<string, T>, file: Awaited<ReturnType<typeof open>>) {
    this.#path = path;
    this.#looks = looks;
    this.#file = file;
  }

  static async open<T>(path: string, { fresh }: { readonly fresh: boolean }): Promise<KeptLooks<T>> {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    if (fresh) await rm(path, { force: true });
    const looks = new Map<string, T>();
    const before = await readFile(path, 'utf8').catch(() => '');
    for (const line of before.split('\n')) {
      const [key, look] = parsed<T>(line) ?? [];
      if (key !== undefined && look !== undefined) looks.set(key, look);
    }
    const file = await open(path, 'a', 0o600);
    // what follows a cut line begins on one of its own
    if (before !== '' && !before.endsWith('\n')) await file.write('\n');
    return new KeptLooks(path, looks, file);
  }

  get(key: string): T | undefined {
    return this.#looks.get(key);
  }

  async add(key: string, look: T): Promise<void> {
    this.#looks.set(key, look);
    await this.#file?.write(`${JSON.stringify([key, look])}\n`);
  }

  /** Keeps what there is for the next run. Idempotent. */
  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  /** The run is complete: nothing of it stays. */
  async forget(): Promise<void> {
    await this.close();
    await rm(this.#path, { force: true });
  }
}

function parsed<T>(line: string): [string, T] | undefined {
  try {
    const value = JSON.parse(line) as unknown;
    return Array.isArray(value) && value.length === 2 && typeof value[0] === 'string'
      ? (value as [string, T])
      : undefined;
  } catch {
    return undefined;
  }
}
