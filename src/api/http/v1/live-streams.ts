import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { LimenError } from '../../../core/errors.ts';
import type { Clock } from '../../../core/ports/clock.ts';
import { callerLeft } from '../routes.ts';

/** Whoever takes nothing for so long is let go, ms. */
const PATIENCE_MS = 30_000;

/** One caller who listens or looks. */
interface Stream {
  readonly ended: AbortController;
  /** Cuts the connection, for whoever does not take what is sent. */
  readonly drop: () => void;
  waiting: boolean;
}

/** Answers that go on until somebody ends them: as many as there may be, each at its caller's own pace. */
export class LiveStreams {
  readonly #clock: Clock;
  readonly #most: number;
  readonly #open = new Set<Stream>();
  #closed = false;

  constructor(parts: { readonly clock: Clock; readonly most: number }) {
    this.#clock = parts.clock;
    this.#most = parts.most;
  }

  /**
   * `chunksOf` gives what is sent, and ends when its signal aborts.
   * @throws LimenError `busy` when there are as many as there may be
   */
  open(
    reply: FastifyReply,
    chunksOf: (signal: AbortSignal) => AsyncGenerator<string | Uint8Array, void>,
  ): Readable {
    if (this.#closed || this.#open.size >= this.#most) {
      throw new LimenError('busy', `${this.#open.size} callers are being served already`);
    }
    const ended = new AbortController();
    const stream: Stream = { ended, drop: () => reply.raw.destroy(), waiting: false };
    this.#open.add(stream);
    ended.signal.addEventListener('abort', () => this.#open.delete(stream), { once: true });
    const readable = Readable.from(this.#paced(stream, chunksOf(ended.signal)));
    readable.once('close', () => ended.abort());
    callerLeft(reply).addEventListener('abort', () => ended.abort(), { once: true });
    return readable;
  }

  /** Ends every stream, and lets no further one begin. */
  close(): void {
    this.#closed = true;
    for (const { ended, waiting, drop } of [...this.#open]) {
      ended.abort();
      if (waiting) drop();
    }
  }

  /** Goes on once a chunk was taken; cuts off whoever does not take it. */
  async *#paced(
    stream: Stream,
    chunks: AsyncGenerator<string | Uint8Array, void>,
  ): AsyncGenerator<string | Uint8Array, void> {
    try {
      for await (const chunk of chunks) {
        stream.waiting = true;
        const cancel = this.#clock.after(PATIENCE_MS, stream.drop);
        try {
          yield chunk;
        } finally {
          cancel();
          stream.waiting = false;
        }
      }
    } finally {
      stream.ended.abort();
    }
  }
}
