import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { LimenError } from '../../core/errors.ts';
import type { LimenEvent } from '../../core/events.ts';
import type { Log } from '../../core/ports/log.ts';
import { AppendLog } from './append-log.ts';
import { hasErrno } from './durable-file.ts';
import { decodeEvent, decodeSeq, encodeEvent } from './event-codec.ts';
import { frameBytes, scanFrames } from './frames.ts';
import { HEADER_BYTES } from './log-header.ts';

/** One entry of the index in memory for so many events. */
const INDEX_EVERY = 256;
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
  readonly #records: AppendLog;
  readonly #index: { readonly seq: number; readonly offset: number }[] = [];
  #count = 0;
  #lastSeq: number;
  #first: LimenEvent | undefined;
  #last: LimenEvent | undefined;

  constructor(directory: string, firstSeq: number, log: Log) {
    this.path = join(directory, `${String(firstSeq).padStart(16, '0')}.seg`);
    this.firstSeq = firstSeq;
    this.#lastSeq = firstSeq - 1;
    this.#records = new AppendLog({ path: this.path, kind: 'journal', log });
  }

  /** `firstSeq - 1` while it is empty. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  get sizeBytes(): number {
    return this.#records.length;
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
    await this.#records.open((payload, offset) => {
      const seq = decodeSeq(payload);
      if (seq >= belowSeq) return;
      if (seq <= this.#lastSeq) {
        throw new LimenError('store_corrupt', `${this.path}: event ${seq} after ${this.#lastSeq}`);
      }
      this.#note(seq, offset);
      last = Buffer.from(payload);
      first ??= last;
    });
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
  async read(afterSeq: number, limit: number): Promise<SegmentRead> {
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
