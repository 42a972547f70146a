import { readdir, rm } from 'node:fs/promises';
import type { LimenEvent } from '../../core/events.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { RewriteRange } from '../../core/ports/journal.ts';
import type { Log } from '../../core/ports/log.ts';
import { hasErrno, syncDirectory } from './durable-file.ts';
import { isUrgent } from './event-codec.ts';
import { JournalSegment, type SegmentRead, segmentSeq } from './journal-segment.ts';

const DAY_MS = 86_400_000;
const SEGMENT_BYTES = 4 * 1024 * 1024;
const MAX_BYTES = 256 * 1024 * 1024;

export interface JournalSegmentsOptions {
  readonly directory: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly keepDays: number;
  readonly maxBytes?: number;
  readonly segmentBytes?: number;
}

/** The journal's files: appending to the newest, beginning the next, letting go of the oldest. */
export class JournalSegments {
  readonly #options: JournalSegmentsOptions;
  readonly #segmentBytes: number;
  readonly #maxBytes: number;
  /** In order of `seq`. */
  #segments: JournalSegment[] = [];
  /** Those with nothing left in them that may go on a full disk. */
  readonly #thinned = new WeakSet<JournalSegment>();
  /** The last of them, while it may be written. */
  #active: JournalSegment | undefined;

  constructor(options: JournalSegmentsOptions) {
    this.#options = options;
    this.#segmentBytes = options.segmentBytes ?? SEGMENT_BYTES;
    this.#maxBytes = options.maxBytes ?? MAX_BYTES;
  }

  /** Checks every segment. @throws LimenError `store_corrupt` | `store_fault` */
  async start(): Promise<void> {
    const { directory, log } = this.#options;
    const firsts = (await readdir(directory)).map(segmentSeq).filter((seq) => seq !== undefined);
    firsts.sort((a, b) => a - b);
    for (const [i, firstSeq] of firsts.entries()) {
      const segment = new JournalSegment(directory, firstSeq, log);
      await segment.open(firsts[i + 1]);
      if (i < firsts.length - 1) await segment.close();
      else this.#active = segment;
      this.#segments.push(segment);
    }
  }

  async stop(): Promise<void> {
    await this.#active?.close();
    this.#active = undefined;
  }

  /** Of the last event on disk, 0 when there never was one. */
  get lastSeq(): number {
    return this.#segments.at(-1)?.lastSeq ?? 0;
  }

  /** Of the newest administrative entry on disk. */
  get chainHead(): string | undefined {
    return this.#segments.findLast((segment) => segment.chainHead !== undefined)?.chainHead;
  }

  get sizeBytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.sizeBytes, 0);
  }

  /**
   * One commit. On a full disk the oldest ordinary events go, delivered or not, rather than the newest ones, and alarms,
   * grants and what administrators did only after those; returns how many went. @throws LimenError `store_fault`
   */
  async append(events: readonly LimenEvent[]): Promise<number> {
    let dropped = 0;
    for (;;) {
      try {
        const active = await this.#writable(events[0]?.seq ?? this.lastSeq + 1);
        await active.append(events);
        return dropped;
      } catch (cause) {
        await this.#leaveFaulty();
        if (!isDiskFull(cause) || this.#idle.length === 0) throw cause;
        dropped += await this.#makeRoom();
      }
    }
  }

  get #idle(): readonly JournalSegment[] {
    return this.#segments.filter((segment) => segment !== this.#active);
  }

  /** Takes from the oldest segment that has ordinary events, or all of the oldest. How many events went. */
  async #makeRoom(): Promise<number> {
    for (const segment of this.#idle) {
      if (this.#thinned.has(segment)) continue;
      this.#thinned.add(segment);
      // one that cannot be thinned goes as a whole
      const { dropped, left } = await segment.thin(isKept).catch(() => ({ dropped: 1, left: 0 }));
      if (dropped > 0) return left > 0 ? this.#tellDropped(segment, dropped) : this.#giveUp(segment);
    }
    return this.#giveUp(this.#idle[0] as JournalSegment);
  }

  async #giveUp(segment: JournalSegment): Promise<number> {
    const events = segment.count;
    await this.#remove(segment);
    return this.#tellDropped(segment, events);
  }

  async #tellDropped({ path: file }: JournalSegment, events: number): Promise<number> {
    await syncDirectory(this.#options.directory);
    this.#options.log.warn(
      { file, events },
      'the disk is full; gave up events of the oldest part of the journal',
    );
    return events;
  }

  /** From the first segment that goes beyond `afterSeq`; `upTo` is `afterSeq` when none does. */
  async read(afterSeq: number, limit: number): Promise<SegmentRead> {
    const segment = this.#segments.find((candidate) => candidate.lastSeq > afterSeq);
    return segment?.read(afterSeq, limit) ?? { events: [], upTo: afterSeq };
  }

  /** See `Journal.rewrite`. */
  async rewrite(range: RewriteRange, change: (event: LimenEvent) => LimenEvent): Promise<number> {
    let changed = 0;
    for (const segment of [...this.#segments]) {
      if (segment.lastSeq <= range.afterSeq || segment.firstSeq > range.upToSeq) continue;
      changed += await segment.rewrite(range, change);
    }
    return changed;
  }

  /** Removes what is too old or too much, oldest first, as far as it was delivered. */
  async retain(deliveredTo: number): Promise<void> {
    if (this.#active !== undefined && this.#stale(this.#active)) await this.#leaveActive();
    for (const segment of [...this.#segments]) {
      const due = this.#tooOld(segment) || this.sizeBytes > this.#maxBytes;
      if (segment === this.#active || segment.lastSeq > deliveredTo || !due) return;
      await this.#remove(segment);
      this.#options.log.info({ file: segment.path }, 'removed an old part of the journal');
    }
  }

  async #writable(firstSeq: number): Promise<JournalSegment> {
    const active = this.#active;
    if (active !== undefined && active.sizeBytes < this.#segmentBytes && !this.#stale(active)) return active;
    const next = new JournalSegment(this.#options.directory, firstSeq, this.#options.log);
    await next.open();
    await active?.close();
    this.#active = next;
    this.#segments.push(next);
    return next;
  }

  async #leaveActive(): Promise<void> {
    await this.#active?.close();
    this.#active = undefined;
  }

  async #leaveFaulty(): Promise<void> {
    if (this.#active?.faulty !== true) return;
    const empty = this.#active.lastSeq < this.#active.firstSeq;
    await this.#leaveActive();
    // Its name comes back with the next attempt.
    if (empty) this.#segments.pop();
  }

  async #remove(segment: JournalSegment): Promise<void> {
    await rm(segment.path, { force: true });
    await rm(`${segment.path}.torn`, { force: true });
    await syncDirectory(this.#options.directory);
    this.#segments = this.#segments.filter((other) => other !== segment);
  }

  /** A day's events at most in one file, so that age can be told by file. */
  #stale(segment: JournalSegment): boolean {
    if (segment.first === undefined) return false;
    return this.#options.clock.wall().getTime() - Date.parse(segment.first.at) >= DAY_MS;
  }

  /** Unknown, hence no, while either clock was not set. */
  #tooOld(segment: JournalSegment): boolean {
    const { clock, keepDays } = this.#options;
    if (segment.last?.clockSynced !== true || !clock.wallSynced()) return false;
    return clock.wall().getTime() - Date.parse(segment.last.at) >= keepDays * DAY_MS;
  }
}

function isKept(event: LimenEvent): boolean {
  return isUrgent(event) || event.chain !== undefined;
}

function isDiskFull(cause: unknown): boolean {
  return hasErrno(cause instanceof Error ? cause.cause : undefined, 'ENOSPC', 'EDQUOT');
}
