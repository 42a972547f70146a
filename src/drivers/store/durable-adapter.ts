import { createHash } from 'node:crypto';
import { rename } from 'node:fs/promises';
import type { Adapter } from 'lowdb';
import { LimenError } from '../../core/errors.ts';
import type { Log } from '../../core/ports/log.ts';
import { previousPath, readIfThere, removeStaged, StagedFile, storeFault } from './durable-file.ts';

export interface DocumentFormat<T> {
  /** What the document holds; another document's file is refused. */
  readonly name: string;
  /** Version of the data's shape; a newer one on disk is refused. */
  readonly schema: number;
  /** Checks, and brings up to date, what was read. @throws when it does not have the shape of its schema */
  parse(data: unknown, schema: number): T;
}

export interface DocumentLocation {
  readonly path: string;
  readonly log: Log;
  /**
   * `refuse` (the rule): the start fails. The previous generation is never taken silently, since it would bring back
   * a revoked token or a withdrawn account; the message names it, and an operator decides.
   * `replace`: the unreadable file is kept aside, loudly, and the previous generation or else nothing is read. Only
   * for what can be worked out again, such as delivery cursors.
   */
  readonly whenUnreadable: 'refuse' | 'replace';
}

interface Header {
  readonly limen: string;
  readonly schema: number;
  readonly generation: number;
  /** Of name, schema, generation and data. */
  readonly sha256: string;
}

/**
 * lowdb's adapter to a file that survives a power cut: first line a header with checksum, then the data as JSON.
 * Written by `StagedFile`; the previous generation is kept beside it unless `forget` is set for a write.
 */
export class DurableAdapter<T extends object> implements Adapter<T> {
  readonly #location: DocumentLocation;
  readonly #format: DocumentFormat<T>;
  #generation = 0;
  #fault: LimenError | undefined;
  /** Whether the next write drops the previous generation, because it holds something deleted. */
  forget = false;

  constructor(location: DocumentLocation, format: DocumentFormat<T>) {
    this.#location = location;
    this.#format = format;
  }

  /** Null when there has never been a document. @throws LimenError `store_corrupt` | `store_fault` */
  async read(): Promise<T | null> {
    const { path, log, whenUnreadable } = this.#location;
    await removeStaged(path);
    const current = await this.#readFile(path);
    if (current !== undefined && 'data' in current) return this.#take(current);
    const previous = await this.#readFile(previousPath(path));
    if (current === undefined && previous === undefined) return null;
    const problem = `${path} ${current?.problem ?? 'is missing'}`;
    const found = previous !== undefined && 'data' in previous ? previous : undefined;
    const other = found
      ? `generation ${found.header.generation} is in ${previousPath(path)}`
      : 'there is no other';
    if (whenUnreadable === 'refuse') throw new LimenError('store_corrupt', `${problem}; ${other}`);
    const keptIn = `${path}.unreadable`;
    if (current !== undefined) await rename(path, keptIn);
    log.error(
      { file: path, problem, keptIn },
      found ? 'went back to the previous generation' : 'started afresh',
    );
    return found ? this.#take(found) : null;
  }

  /** @throws LimenError `store_fault` */
  async write(data: T): Promise<void> {
    const { path } = this.#location;
    if (this.#fault !== undefined) {
      throw new LimenError('store_fault', `${path} is not written since: ${this.#fault.message}`);
    }
    const generation = this.#generation + 1;
    const staged = new StagedFile(path);
    try {
      await staged.begin();
      await staged.append(this.#encode(data, generation));
    } catch (cause) {
      await staged.discard();
      throw storeFault(`writing ${path}`, cause);
    }
    try {
      await staged.commit(this.forget ? 'drop' : 'keep');
    } catch (cause) {
      await staged.discard();
      this.#fault = storeFault(`replacing ${path}`, cause);
      throw this.#fault;
    }
    this.#generation = generation;
  }

  #take(document: { readonly header: Header; readonly data: T }): T {
    this.#generation = document.header.generation;
    return document.data;
  }

  #encode(data: T, generation: number): Buffer {
    const text = `${JSON.stringify(data, null, 2)}\n`;
    return Buffer.from(`${JSON.stringify(this.#header(this.#format.schema, generation, text))}\n${text}`);
  }

  #header(schema: number, generation: number, text: string): Header {
    const limen = this.#format.name;
    const sha256 = createHash('sha256').update(`${limen}\n${schema}\n${generation}\n${text}`).digest('hex');
    return { limen, schema, generation, sha256 };
  }

  async #readFile(path: string): Promise<{ header: Header; data: T } | { problem: string } | undefined> {
    const bytes = await readIfThere(path);
    if (bytes === undefined) return undefined;
    try {
      return this.#decode(bytes);
    } catch (cause) {
      return { problem: `is unreadable: ${cause instanceof Error ? cause.message : String(cause)}` };
    }
  }

  #decode(bytes: Buffer): { header: Header; data: T } {
    const newline = bytes.indexOf('\n');
    const line = bytes.subarray(0, newline).toString();
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(newline + 1));
    const header = JSON.parse(line) as Header;
    // Compared as text: any difference from what would have been written is damage.
    if (line !== JSON.stringify(this.#header(header.schema, header.generation, text))) {
      throw new Error('its checksum does not fit');
    }
    if (header.schema > this.#format.schema) {
      throw new Error(`it has schema ${header.schema}, this program reads up to ${this.#format.schema}`);
    }
    return { header, data: this.#format.parse(JSON.parse(text), header.schema) };
  }
}
