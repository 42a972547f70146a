import type { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { EventFilter } from '../../../core/event-filter.ts';
import type { LimenEvent } from '../../../core/events.ts';
import type { Clock } from '../../../core/ports/clock.ts';
import type { EventFeed } from '../../../services/journal/event-feed.ts';
import { LiveStreams } from './live-streams.ts';

/** Listeners at one time; each holds a connection and at most one portion of events. */
const MOST_LISTENERS = 16;
/** A comment this often keeps proxies from closing a silent stream, ms. */
const HEARTBEAT_MS = 15_000;
/** What browsers wait before they come back, ms. */
const RETRY_MS = 3_000;

/** The open streams of server-sent events. */
export class EventStreams {
  readonly #feed: EventFeed;
  readonly #clock: Clock;
  readonly #streams: LiveStreams;

  constructor(parts: { readonly feed: EventFeed; readonly clock: Clock }) {
    this.#feed = parts.feed;
    this.#clock = parts.clock;
    this.#streams = new LiveStreams({ clock: parts.clock, most: MOST_LISTENERS });
  }

  /** From `afterSeq` on, or from now. @throws LimenError `busy` when there are as many as there may be */
  open(reply: FastifyReply, filter: EventFilter, afterSeq = this.#feed.lastSeq): Readable {
    // somebody who is ahead of the journal knew another one
    const from = Math.min(afterSeq, this.#feed.lastSeq);
    return this.#streams.open(reply, (signal) => this.#lines(from, filter, signal));
  }

  /** Ends every stream, and lets no further one begin. */
  close(): void {
    this.#streams.close();
  }

  async *#lines(afterSeq: number, filter: EventFilter, signal: AbortSignal): AsyncGenerator<string, void> {
    const portions = this.#feed.follow(afterSeq, filter, signal);
    try {
      yield `retry: ${RETRY_MS}\n\n`;
      let next = portions.next();
      while (!signal.aborted) {
        const portion = await this.#within(next);
        if (portion === 'silent') yield ': nothing new\n\n';
        else if (portion.done) return;
        else {
          yield portion.value.map(lines).join('');
          next = portions.next();
        }
      }
    } finally {
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
}

function lines(event: LimenEvent): string {
  return `id: ${event.seq}\ndata: ${JSON.stringify(event)}\n\n`;
}
