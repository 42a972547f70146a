import type { Writable } from 'node:stream';

/** Text on its way to a terminal, a file or another program. */
export class Output {
  readonly #stream: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly #onGone: () => void;
  #gone = false;
  #fault: Error | undefined;

  /** `onGone` is called once, when whoever read the stream has closed it (`limen watch | head`). */
  constructor(stream: Writable, onGone: () => void = () => {}) {
    this.#stream = stream;
    this.#onGone = onGone;
    stream.on('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'EPIPE' && cause.code !== 'ERR_STREAM_DESTROYED') this.#fault ??= cause;
      else if (!this.#gone) {
        this.#gone = true;
        this.#onGone();
      }
    });
  }

  /** Whether a person is looking. */
  get isTerminal(): boolean {
    return this.#stream.isTTY === true;
  }

  /** Characters a line. */
  get columns(): number {
    return this.#stream.columns ?? 80;
  }

  /**
   * Resolves once the stream has taken the text; a slow reader is waited for. What nobody reads any more is
   * dropped quietly. Rejects when the text could not be written for another reason (a full disk).
   */
  async write(text: string): Promise<void> {
    if (this.#fault !== undefined) throw this.#fault;
    if (this.#gone || text === '') return;
    await new Promise<void>((resolve) => this.#stream.write(text, () => resolve()));
    // The 'error' event follows the callback: give it its turn.
    await new Promise<void>((resolve) => setImmediate(resolve));
    if (this.#fault !== undefined) throw this.#fault;
  }

  line(text = ''): Promise<void> {
    return this.write(`${text}\n`);
  }

  /** One JSON document on one line. */
  json(value: unknown): Promise<void> {
    return this.line(JSON.stringify(value));
  }
}
