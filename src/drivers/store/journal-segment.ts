import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LimenError } from '../../core/errors.ts';
import type { LimenEvent } from '../../core/events.ts';
import type { RewriteRange } from '../../core/ports/journal.ts';
import type { Log } from '../../core/ports/log.ts';
import { AppendLog } from './append-log.ts';
import { hasErrno } from './durable-file.ts';
import { decodeEvent, decodeSeq, encodeEvent } from './event-codec.ts';
import { frameBytes, scanFrames } from './frames.ts';
import { HEADER_BYTES } from './log-header.ts';
import { tornPath } from './log-recovery.ts';
import { Turnstile } from './turnstile.ts';

/** One entry of the index in memory for so many events. */
const INDEX_EVERY = 256;
/** Every administrative entry holds it. */
const CHAIN_MARK = Buffer.from('"chain":{"prev"');
const NAME = /^(\d{16})\.seg$/;

/** The first `seq` a segment's file name announces, or undefined for another file. */
export function segmentSeq(fileName: string): number | undefined {
  const digits = NAME.exec(fileName)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

export interface SegmentRead {
  readonly events: readonly LimenEvent[];
  /** Everything in the segment up to this `seq` is in `events`, or was not asked for. */
  readonly upTo: number;
}

/** A part of the journal: events in order of `seq`, in one append log named by the first of them. */
export class JournalSegment {
  readonly path: string;
  readonly firstSeq: number;
  readonly #log: Log;
  /** Reads together, a rewrite alone. */
  readonly #turns = new Turnstile();
  #reads = 0;
  #records: AppendLog;
  readonly #index: { readonly seq: number; readonly offset: number }[] = [];
  #count = 0;
  #lastSeq: number;
  #chainHead: string | undefined;
  #first: LimenEvent | undefined;
  #last: LimenEvent | undefined;

  constructor(directory: string, firstSeq: number, log: Log) {
    this.path = join(directory, `${String(firstSeq).padStart(16, '0')}.seg`);
    this.firstSeq = firstSeq;
    this.#log = log;
    this.#lastSeq = firstSeq - 1;
    this.#records = new AppendLog({ path: this.path, kind: 'journal', log });
  }

  /** `firstSeq - 1` while it is empty. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Events in it. */
  get count(): number {
    return this.#count;
  }

  get sizeBytes(): number {
    return this.#records.length;
  }

  /** Of the newest administrative entry that was there when it was opened. */
  get chainHead(): string | undefined {
    return this.#chainHead;
  }

  get first(): LimenEvent | undefined {
    return this.#first;
  }

  get last(): LimenEvent | undefined {
    return this.#last;
  }

  /** Whether it can still be written; a fault lasts until the segment is opened anew. */
  get faulty(): boolean {
    return this.#records.fault !== undefined;
  }

  /**
   * Creates it, or reads it up to `belowSeq` (the next segment's first: what a failed write may have left here was
   * written again there). @throws LimenError `store_corrupt` | `store_fault`
   */
  async open(belowSeq = Number.POSITIVE_INFINITY): Promise<void> {
    let first: Buffer | undefined;
    let last: Buffer | undefined;
    let chained: Buffer | undefined;
    await this.#records.open((payload, offset) => {
      const seq = decodeSeq(payload);
      if (seq >= belowSeq) return;
      if (seq <= this.#lastSeq) {
        throw new LimenError('store_corrupt', `${this.path}: event ${seq} after ${this.#lastSeq}`);
      }
      this.#note(seq, offset);
      last = Buffer.from(payload);
      first ??= last;
      if (payload.includes(CHAIN_MARK)) chained = last;
    });
    this.#chainHead = chained && decodeEvent(chained).chain?.hash;
    this.#first = first && decodeEvent(first);
    this.#last = last && decodeEvent(last);
  }

  /** One commit. @throws LimenError `store_fault`; nothing was changed */
  async append(events: readonly LimenEvent[]): Promise<void> {
    const payloads = events.map(encodeEvent);
    let offset = await this.#records.append(payloads);
    for (const [i, event] of events.entries()) {
      this.#note(event.seq, offset);
      offset += frameBytes((payloads[i] as Buffer).length);
    }
    this.#first ??= events[0];
    this.#last = events.at(-1) ?? this.#last;
  }

  /**
   * Events with `seq` greater than `afterSeq`, at most `limit`. Nothing when the file was removed meanwhile.
   * @throws LimenError `store_corrupt`
   */
  read(afterSeq: number, limit: number): Promise<SegmentRead> {
    return this.#turns.shared(`${this.#reads++}`, () => this.#scan(afterSeq, limit));
  }

  async #scan(afterSeq: number, limit: number): Promise<SegmentRead> {
    const upTo = this.#lastSeq;
    const range = {
      from: this.#offsetBefore(afterSeq + 1),
      to: this.#records.length,
      salt: this.#records.salt,
    };
    const events: LimenEvent[] = [];
    const handle = await open(this.path, 'r').catch((cause: unknown) => {
      if (hasErrno(cause, 'ENOENT')) return undefined;
      throw cause;
    });
    if (handle === undefined) return { events, upTo };
    try {
      const scan = await scanFrames(handle, range, (payload) => {
        const seq = decodeSeq(payload);
        if (seq > upTo) return false;
        if (seq > afterSeq) events.push(decodeEvent(payload));
        return events.length < limit;
      });
      if (scan.damage !== undefined) {
        throw new LimenError('store_corrupt', `${this.path}: the record at byte ${scan.end} is damaged`);
      }
    } finally {
      await handle.close();
    }
    return events.length < limit ? { events, upTo } : { events, upTo: events.at(-1)?.seq ?? upTo };
  }

  /**
   * Puts `change(event)` in the place of every event of the range, atomically and leaving nothing of the old file; the
   * segment may be closed. @throws LimenError `store_fault` | `store_corrupt`; nothing was changed
   */
  rewrite(range: RewriteRange, change: (event: LimenEvent) => LimenEvent): Promise<number> {
    return this.#turns.exclusive(async () => {
      await rm(tornPath(this.path), { force: true });
      if (!(await readFile(this.path)).includes(range.holding)) return 0;
      const wasOpen = this.#records.isOpen;
      let changed = 0;
      const events: LimenEvent[] = [];
      const fresh = wasOpen
        ? this.#records
        : new AppendLog({ path: this.path, kind: 'journal', log: this.#log });
      if (!wasOpen) await fresh.open(() => undefined);
      try {
        for (const event of (await this.#scan(0, Number.POSITIVE_INFINITY)).events) {
          const inRange = event.seq > range.afterSeq && event.seq <= range.upToSeq;
          const next = inRange ? change(event) : event;
          if (next !== event) changed++;
          events.push(next);
        }
        // records behind `lastSeq` stand again in the next segment: they go with the old file
        if (changed > 0) await this.#replace(fresh, events);
      } finally {
        if (!wasOpen) await fresh.close();
      }
      return changed;
    });
  }

  async #replace(records: AppendLog, events: readonly LimenEvent[]): Promise<void> {
    const payloads = events.map(encodeEvent);
    await records.replace(payloads, 'drop');
    this.#records = records;
    this.#indexAnew(events, payloads);
  }

  /**
   * Leaves only what `keep` says, for a full disk: the file goes before the smaller one is written. Killed in
   * between, all of it is gone. Resolves to how many events went; none are left when that is all of them.
   * @throws LimenError `store_fault` | `store_corrupt`
   */
  thin(keep: (event: LimenEvent) => boolean): Promise<{ readonly dropped: number; readonly left: number }> {
    return this.#turns.exclusive(async () => {
      const { events } = await this.#scan(0, Number.POSITIVE_INFINITY);
      const kept = events.filter(keep);
      const dropped = events.length - kept.length;
      if (dropped === 0 || kept.length === 0) return { dropped, left: kept.length };
      await rm(this.path, { force: true });
      await rm(tornPath(this.path), { force: true });
      const fresh = new AppendLog({ path: this.path, kind: 'journal', log: this.#log });
      const payloads = kept.map(encodeEvent);
      try {
        await fresh.open(() => undefined);
        await fresh.append(payloads);
      } finally {
        await fresh.close();
      }
      this.#records = fresh;
      this.#indexAnew(kept, payloads);
      return { dropped, left: kept.length };
    });
  }

  #indexAnew(events: readonly LimenEvent[], payloads: readonly Buffer[]): void {
    this.#index.length = 0;
    this.#count = 0;
    this.#first = events[0];
    this.#last = events.at(-1);
    let offset = HEADER_BYTES;
    for (const [i, event] of events.entries()) {
      this.#note(event.seq, offset);
      offset += frameBytes((payloads[i] as Buffer).length);
    }
  }

  /** Ends writing; reading goes on. */
  close(): Promise<void> {
    return this.#records.close();
  }

  #note(seq: number, offset: number): void {
    if (this.#count++ % INDEX_EVERY === 0) this.#index.push({ seq, offset });
    this.#lastSeq = seq;
  }

  /** Offset of an indexed event at or before `seq`. */
  #offsetBefore(seq: number): number {
    let low = 0;
    let high = this.#index.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#index[middle]?.seq ?? 0) <= seq) low = middle + 1;
      else high = middle;
    }
    return this.#index[low - 1]?.offset ?? HEADER_BYTES;
  }
}
