import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LimenError, toLimenError } from '../../core/errors.ts';
import type { EventBody, LimenEvent } from '../../core/events.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Journal, RewriteRange } from '../../core/ports/journal.ts';
import type { Log } from '../../core/ports/log.ts';
import { Backoff } from '../../runtime/backoff.ts';
import { CHAIN_START, isAdministrative, linkOf, withoutSalt } from '../../runtime/event-chain.ts';
import { storeFault, syncDirectory } from './durable-file.ts';
import { isUrgent } from './event-codec.ts';
import { JournalCursors } from './journal-cursors.ts';
import { JournalListeners } from './journal-listeners.ts';
import { JournalSegments } from './journal-segments.ts';
import { SerialQueue } from './serial-queue.ts';

/** Leaves the disk 20 of the 100 ms within which ordinary events are promised to be there. */
const FLUSH_AFTER_MS = 80;
const SAVE_CURSORS_AFTER_MS = 1_000;
const RETAIN_EVERY_MS = 3_600_000;
/** Events in one commit. */
const BATCH = 1_000;
/** Events kept in memory while the disk refuses them, about 5 MB. */
const MAX_WAITING = 10_000;

export interface JournalLogOptions {
  /** Made when it does not exist; its parent must. */
  readonly directory: string;
  /** Name of this device in every event. */
  readonly device: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Unique per start; random when not given. */
  readonly bootId?: string;
  /** Days after which delivered events go. */
  readonly keepDays: number;
  /** Delivered events beyond this go, oldest first. 256 MB, some 600,000 events, when not given. */
  readonly maxBytes?: number;
  /** 4 MB when not given. */
  readonly segmentBytes?: number;
  /** Called when the disk begins to refuse events, and with undefined when it takes them again. */
  readonly onFault?: (fault: LimenError | undefined) => void;
}

/** The journal on disk, in CRC-framed segments. It goes on in memory, bounded, while the disk refuses. */
export class JournalLog implements Journal {
  readonly name = 'journal';
  readonly #options: JournalLogOptions;
  readonly #bootId: string;
  readonly #segments: JournalSegments;
  readonly #cursors: JournalCursors;
  readonly #queue = new SerialQueue();
  readonly #retry = new Backoff({ firstMs: 1_000, maxMs: 60_000 });
  readonly #listeners: JournalListeners;
  readonly #timers = new Map<'flush' | 'cursors' | 'retry' | 'retain', () => void>();
  /** Events not yet on disk, in order. */
  #waiting: LimenEvent[] = [];
  #write: Promise<void> | undefined;
  #lastSeq = 0;
  #durableSeq = 0;
  /** Last event of the commit that was begun last. */
  #writingTo = 0;
  #evicted = 0;
  #chainHead = CHAIN_START;
  #fault: LimenError | undefined;
  #state: 'new' | 'started' | 'stopped' = 'new';

  constructor(options: JournalLogOptions) {
    this.#options = options;
    this.#bootId = options.bootId ?? randomUUID();
    this.#listeners = new JournalListeners(options.log);
    this.#segments = new JournalSegments(options);
    this.#cursors = new JournalCursors({ path: join(options.directory, 'cursors.json'), log: options.log });
  }

  /** @throws LimenError `store_corrupt` | `store_fault`; nothing was changed */
  async start(): Promise<void> {
    const { directory } = this.#options;
    try {
      await mkdir(directory, { mode: 0o700, recursive: true });
      await syncDirectory(dirname(directory));
    } catch (cause) {
      throw storeFault(`creating ${directory}`, cause);
    }
    await this.#cursors.start();
    await this.#segments.start();
    // A reader's cursor counts too: a lost end of the journal must not make it skip the events that follow.
    this.#lastSeq = Math.max(this.#segments.lastSeq, this.#cursors.furthest);
    this.#durableSeq = this.#lastSeq;
    this.#chainHead = this.#segments.chainHead ?? CHAIN_START;
    this.#state = 'started';
    this.#after('retain', RETAIN_EVERY_MS, () => this.#retain());
  }

  /** Writes what waits; what the disk refuses then is lost, and said. */
  async stop(): Promise<void> {
    if (this.#state !== 'started') return;
    this.#cancelTimers();
    await this.flush().catch((cause: unknown) => {
      const fields = { events: this.#waiting.length, cause: toLimenError(cause).message };
      this.#options.log.error(fields, 'the journal could not be written while stopping');
    });
    this.#state = 'stopped';
    this.#cancelTimers();
    await this.#queue.run(() => this.#segments.stop());
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  get tellableSeq(): number {
    return this.#fault === undefined && this.#state === 'started' ? this.#durableSeq : this.#lastSeq;
  }

  onTellable(listener: () => void): () => void {
    return this.#listeners.onTellable(listener);
  }

  append(body: EventBody): LimenEvent {
    if (this.#state === 'new') throw new LimenError('internal_fault', 'the journal has not been started');
    const { clock, device } = this.#options;
    const seq = ++this.#lastSeq;
    const identity = { id: `${this.#bootId}-${seq}`, seq, bootId: this.#bootId, device };
    const time = { at: clock.wall().toISOString(), clockSynced: clock.wallSynced() };
    const event = this.#chained({ ...body, ...identity, ...time });
    this.#waiting.push(event);
    if (this.#waiting.length > MAX_WAITING) this.#evict();
    if (this.#state === 'stopped') {
      this.#options.log.warn(
        { type: event.type, seq },
        'an event after the journal was closed is not on disk',
      );
    } else if (!this.#timers.has('retry')) {
      if (isUrgent(event) || this.#waiting.length >= BATCH) this.#writeInBackground();
      else this.#after('flush', FLUSH_AFTER_MS, () => this.#writeInBackground());
    }
    this.#listeners.appended(event);
    if (this.#fault !== undefined) this.#listeners.tellable();
    return event;
  }

  /** Includes events that are not on disk yet. @throws LimenError `store_corrupt` when a segment was damaged since */
  async read(afterSeq: number, limit: number): Promise<readonly LimenEvent[]> {
    const events: LimenEvent[] = [];
    let from = afterSeq;
    while (events.length < limit && from < this.#durableSeq) {
      const durableSeq = this.#durableSeq;
      const part = await this.#segments.read(from, limit - events.length);
      events.push(...part.events);
      from = part.upTo > from ? part.upTo : durableSeq;
    }
    const waiting = this.#waiting.filter((event) => event.seq > from);
    return [...events, ...waiting.slice(0, Math.max(0, limit - events.length))];
  }

  subscribe(listener: (event: LimenEvent) => void): () => void {
    return this.#listeners.onAppended(listener);
  }

  cursor(reader: string): number {
    return this.#cursors.get(reader);
  }

  advance(reader: string, seq: number): void {
    if (!this.#cursors.advance(reader, Math.min(seq, this.#lastSeq))) return;
    if (this.#state === 'started') this.#after('cursors', SAVE_CURSORS_AFTER_MS, () => this.#saveCursors());
  }

  get deliveredSeq(): number {
    return Math.min(this.#lastSeq, this.#cursors.deliveredTo(true));
  }

  async rewrite(range: RewriteRange, change: (event: LimenEvent) => LimenEvent): Promise<number> {
    await this.#writeWaiting();
    return this.#queue.run(() =>
      this.#segments.rewrite(range, (event) => {
        const next = change(event);
        return next === event ? event : withoutSalt(next);
      }),
    );
  }

  /** @throws LimenError `store_fault` */
  async flush(): Promise<void> {
    await this.#writeWaiting();
    await this.#cursors.save(this.#durableSeq);
  }

  #chained(event: LimenEvent): LimenEvent {
    if (!isAdministrative(event)) return event;
    const chain = linkOf(event, this.#chainHead);
    this.#chainHead = chain.hash;
    return { ...event, chain };
  }

  /** One timer per purpose; a second call leaves the first. */
  #after(purpose: 'flush' | 'cursors' | 'retry' | 'retain', ms: number, work: () => void): void {
    if (this.#timers.has(purpose) || this.#state !== 'started') return;
    const cancel = this.#options.clock.after(ms, () => {
      this.#timers.delete(purpose);
      work();
    });
    this.#timers.set(purpose, cancel);
  }

  #cancelTimers(): void {
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  #writeInBackground(): void {
    this.#writeWaiting().catch(() => undefined);
  }

  /** Resolves when everything appended so far is on disk. */
  #writeWaiting(): Promise<void> {
    this.#write ??= this.#queue.run(async () => {
      this.#write = undefined;
      try {
        while (this.#waiting.length > 0) await this.#writeBatch();
        this.#recovered();
      } catch (cause) {
        throw this.#failed(toLimenError(cause, 'store_fault'));
      }
    });
    return this.#write;
  }

  async #writeBatch(): Promise<void> {
    const batch = this.#waiting.slice(0, BATCH);
    const last = batch.at(-1)?.seq ?? this.#durableSeq;
    this.#writingTo = last;
    const dropped = await this.#segments.append(batch);
    this.#durableSeq = last;
    this.#waiting = this.#waiting.filter((event) => event.seq > last);
    this.#listeners.tellable();
    if (dropped > 0) this.append({ type: 'journal.truncated', reason: `disk_full:${dropped}` });
  }

  #failed(fault: LimenError): LimenError {
    const first = this.#fault === undefined;
    this.#fault = fault;
    if (first) {
      this.#options.log.error(
        { cause: fault.message },
        'the journal cannot be written; events wait in memory',
      );
      this.#options.onFault?.(fault);
      this.#listeners.tellable();
    }
    this.#after('retry', this.#retry.nextMs(), () => this.#writeInBackground());
    return fault;
  }

  #recovered(): void {
    this.#timers.get('retry')?.();
    this.#timers.delete('retry');
    if (this.#fault === undefined) return;
    this.#fault = undefined;
    this.#retry.reset();
    this.#options.log.info({ evicted: this.#evicted }, 'the journal is written again');
    this.#options.onFault?.(undefined);
    if (this.#evicted > 0)
      this.append({ type: 'journal.truncated', reason: `disk_refused:${this.#evicted}` });
    this.#evicted = 0;
  }

  /** Gives up the oldest ordinary event that is not being written, or the oldest when all are urgent. */
  #evict(): void {
    const idle = (event: LimenEvent) => event.seq > this.#writingTo;
    const ordinary = this.#waiting.findIndex((event) => idle(event) && !isUrgent(event));
    this.#waiting.splice(ordinary >= 0 ? ordinary : this.#waiting.findIndex(idle), 1);
    this.#evicted++;
  }

  #saveCursors(): void {
    this.flush().catch((cause: unknown) => {
      this.#options.log.warn({ cause: toLimenError(cause).message }, 'could not save the journal cursors');
    });
  }

  #retain(): void {
    // Readers that were configured away are given an hour to show up, then hold nothing back.
    this.#queue
      .run(() => this.#segments.retain(this.#cursors.deliveredTo(true)))
      .catch((cause: unknown) => {
        this.#options.log.warn({ cause: toLimenError(cause).message }, 'could not tidy the journal');
      });
    this.#after('retain', RETAIN_EVERY_MS, () => this.#retain());
  }
}
