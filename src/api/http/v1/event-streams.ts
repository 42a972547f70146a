import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { LimenError } from '../../../core/errors.ts';
import type { EventFilter } from '../../../core/event-filter.ts';
import type { LimenEvent } from '../../../core/events.ts';
import type { Clock } from '../../../core/ports/clock.ts';
import type { EventFeed } from '../../../services/journal/event-feed.ts';
import { callerLeft } from '../routes.ts';

/** Listeners at one time; each holds a connection and at most one portion of events. */
const MOST_STREAMS = 16;
/** A comment this often keeps proxies from closing a silent stream, ms. */
const HEARTBEAT_MS = 15_000;
/** Whoever takes nothing for so long is let go, ms; they resume by `Last-Event-ID`. */
const PATIENCE_MS = 30_000;
/** What browsers wait before they come back, ms. */
const RETRY_MS = 3_000;

export interface EventStreamsParts {
  readonly feed: EventFeed;
  readonly clock: Clock;
}

/** One listener. */
interface Listener {
  readonly ended: AbortController;
  /** Cuts the connection, for whoever does not take what is sent. */
  readonly drop: () => void;
  waiting: boolean;
}

/** The open streams of server-sent events. */
export class EventStreams {
  readonly #feed: EventFeed;
  readonly #clock: Clock;
  readonly #open = new Set<Listener>();
  #closed = false;

  constructor(parts: EventStreamsParts) {
    this.#feed = parts.feed;
    this.#clock = parts.clock;
  }

  /** From `afterSeq` on, or from now. @throws LimenError `busy` when there are as many as there may be */
  open(reply: FastifyReply, filter: EventFilter, afterSeq = this.#feed.lastSeq): Readable {
    if (this.#closed || this.#open.size >= MOST_STREAMS) {
      throw new LimenError('busy', `${this.#open.size} callers listen already`);
    }
    const ended = new AbortController();
    const listener: Listener = { ended, drop: () => reply.raw.destroy(), waiting: false };
    this.#open.add(listener);
    ended.signal.addEventListener('abort', () => this.#open.delete(listener), { once: true });
    // somebody who is ahead of the journal knew another one
    const from = Math.min(afterSeq, this.#feed.lastSeq);
    const stream = Readable.from(this.#lines(listener, from, filter));
    stream.once('close', () => ended.abort());
    callerLeft(reply).addEventListener('abort', () => ended.abort(), { once: true });
    return stream;
  }

  /** Ends every stream, and lets no further one begin. */
  close(): void {
    this.#closed = true;
    for (const { ended, waiting, drop } of [...this.#open]) {
      ended.abort();
      if (waiting) drop();
    }
  }

  async *#lines(listener: Listener, afterSeq: number, filter: EventFilter): AsyncGenerator<string, void> {
    const { signal } = listener.ended;
    const portions = this.#feed.follow(afterSeq, filter, signal);
    try {
      yield `retry: ${RETRY_MS}\n\n`;
      let next = portions.next();
      while (!signal.aborted) {
        const portion = await this.#within(next);
        if (portion === 'silent') yield* this.#taken(listener, ': nothing new\n\n');
        else if (portion.done) return;
        else {
          yield* this.#taken(listener, portion.value.map(lines).join(''));
          next = portions.next();
        }
      }
    } finally {
      listener.ended.abort();
      await portions.return();
    }
  }

  /** What came, or that nothing did for a while. */
  #within<T>(next: Promise<T>): Promise<T | 'silent'> {
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(HEARTBEAT_MS, () => resolve('silent'));
      next.then(resolve, reject).finally(cancel);
    });
  }

  /** Goes on once the text was taken; cuts off whoever does not take it. */
  *#taken(listener: Listener, text: string): Generator<string, void> {
    listener.waiting = true;
    const cancel = this.#clock.after(PATIENCE_MS, listener.drop);
    try {
      yield text;
    } finally {
      cancel();
      listener.waiting = false;
    }
  }
}

function lines(event: LimenEvent): string {
  return `id: ${event.seq}\ndata: ${JSON.stringify(event)}\n\n`;
}
