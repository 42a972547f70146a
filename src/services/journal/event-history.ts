import { type EventFilter, eventMatches } from '../../core/event-filter.ts';
import type { LimenEvent } from '../../core/events.ts';
import type { Journal } from '../../core/ports/journal.ts';

/** Events read from the journal at one time; between two portions others get their turn. */
const PORTION = 500;
/** Events looked at for one page; a filter that finds little gives a short page and where to go on. */
const MOST_EXAMINED = 20_000;

export interface EventPageRequest {
  readonly filter: EventFilter;
  /** Most events of the page, 1 or more. */
  readonly limit: number;
  /** Events with a greater `seq`, oldest first. */
  readonly after?: number;
  /** Events with a smaller `seq`, newest first. Without either the page begins with the newest event. */
  readonly before?: number;
}

export interface EventPage {
  readonly events: readonly LimenEvent[];
  /** `after` or `before` of the next page, whichever this one went by; absent at the end. */
  readonly next?: number;
}

/** Looks things up in the journal, in bounded steps. Numbers may be missing where the journal was truncated. */
export class EventHistory {
  readonly #journal: Pick<Journal, 'read' | 'lastSeq' | 'tellableSeq' | 'flush'>;

  constructor(journal: Pick<Journal, 'read' | 'lastSeq' | 'tellableSeq' | 'flush'>) {
    this.#journal = journal;
  }

  /** @throws LimenError `store_corrupt` */
  async page(request: EventPageRequest): Promise<EventPage> {
    // whoever asks for what has just happened shall have it, and keep it; when the disk refuses, it is told from memory
    if (this.#journal.tellableSeq < this.#journal.lastSeq) await this.#journal.flush().catch(() => undefined);
    return request.after === undefined ? this.#backwards(request) : this.#forwards(request, request.after);
  }

  /** Everything after `afterSeq` that there is now, oldest first. @throws LimenError `store_corrupt` */
  async *from(afterSeq: number, filter: EventFilter = {}): AsyncGenerator<LimenEvent, void> {
    for (let after: number | undefined = afterSeq; after !== undefined; ) {
      const page: EventPage = await this.page({ filter, limit: PORTION, after });
      yield* page.events;
      after = page.next;
    }
  }

  async #forwards({ filter, limit }: EventPageRequest, after: number): Promise<EventPage> {
    const events: LimenEvent[] = [];
    const end = this.#journal.lastSeq;
    for (let seq = after, examined = 0; seq < end; ) {
      const portion = (await this.#journal.read(seq, PORTION)).filter((event) => event.seq <= end);
      if (portion.length === 0) break;
      for (const event of portion) {
        seq = event.seq;
        if (certainlyPast(event, filter.until, 1)) return { events };
        if (eventMatches(event, filter)) events.push(event);
        if (events.length === limit) return seq < end ? { events, next: seq } : { events };
      }
      examined += portion.length;
      if (examined >= MOST_EXAMINED && seq < end) return { events, next: seq };
    }
    return { events };
  }

  async #backwards({ filter, limit, before }: EventPageRequest): Promise<EventPage> {
    const events: LimenEvent[] = [];
    let upTo = Math.min(before === undefined ? Number.POSITIVE_INFINITY : before - 1, this.#journal.lastSeq);
    for (let examined = 0; upTo > 0; examined += PORTION) {
      if (examined >= MOST_EXAMINED) return { events, next: upTo + 1 };
      const from = Math.max(0, upTo - PORTION);
      const read = await this.#journal.read(from, PORTION);
      const portion = read.filter((event) => event.seq <= upTo).reverse();
      for (const event of portion) {
        if (certainlyPast(event, filter.since, -1)) return { events };
        if (eventMatches(event, filter)) events.push(event);
        if (events.length === limit) return event.seq > 1 ? { events, next: event.seq } : { events };
      }
      // the oldest part of the journal is gone
      if (portion.length === 0 && read.length > 0) return { events };
      upTo = from;
    }
    return { events };
  }
}

/**
 * Whether nothing beyond this event can lie within the bound: times follow the numbers as long as the clock was right.
 * `direction`: 1 towards newer events, −1 towards older ones.
 */
function certainlyPast(event: LimenEvent, bound: Date | undefined, direction: 1 | -1): boolean {
  if (bound === undefined || !event.clockSynced) return false;
  const beyondMs = (Date.parse(event.at) - bound.getTime()) * direction;
  return beyondMs >= CLOCK_SLACK_MS;
}

/** A clock kept by NTP is corrected by less than this. */
const CLOCK_SLACK_MS = 3_600_000;
