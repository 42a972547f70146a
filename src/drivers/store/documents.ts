import { Low } from 'lowdb';
import { LimenError } from '../../core/errors.ts';
import type { Log } from '../../core/ports/log.ts';
import type { DocumentStore, UpdateOptions } from '../../core/ports/store.ts';
import { type DocumentFormat, DurableAdapter } from './durable-adapter.ts';
import { SerialQueue } from './serial-queue.ts';

export interface DocumentFileOptions<T> extends DocumentFormat<T> {
  /** In an existing directory. */
  readonly path: string;
  readonly log: Log;
  /** The value while there is no file. */
  readonly initial: T;
  /** See `DocumentLocation`; `refuse` when not given. */
  readonly whenUnreadable?: 'refuse' | 'replace';
}

/** A document in lowdb behind the durable adapter. Values are frozen: a change is a new value. */
export class DocumentFile<T extends object> implements DocumentStore<T> {
  readonly name: string;
  readonly #path: string;
  readonly #adapter: DurableAdapter<T>;
  readonly #low: Low<T>;
  readonly #queue = new SerialQueue();
  #value: T | undefined;

  constructor(options: DocumentFileOptions<T>) {
    const { path, log, whenUnreadable = 'refuse' } = options;
    this.name = options.name;
    this.#path = path;
    this.#adapter = new DurableAdapter({ path, log, whenUnreadable }, options);
    this.#low = new Low(this.#adapter, options.initial);
  }

  /** @throws LimenError `store_corrupt` | `store_fault`; nothing was changed */
  async start(): Promise<void> {
    await this.#low.read();
    this.#value = deepFreeze(this.#low.data);
  }

  /** Waits for outstanding updates. */
  async stop(): Promise<void> {
    await this.#queue.run(async () => undefined);
  }

  get value(): T {
    if (this.#value === undefined) throw new LimenError('store_fault', `${this.#path} is not open`);
    return this.#value;
  }

  update(change: (value: T) => T, options: UpdateOptions = {}): Promise<T> {
    return this.#queue.run(async () => {
      const before = this.value;
      const next = deepFreeze(change(before));
      if (next === before) return before;
      try {
        this.#low.data = next;
        this.#adapter.forget = options.forget ?? false;
        await this.#low.write();
      } catch (cause) {
        this.#low.data = before;
        throw cause;
      }
      this.#value = next;
      return next;
    });
  }
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) deepFreeze(part);
  return value;
}
