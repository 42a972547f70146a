import type { Log } from '../../core/ports/log.ts';
import { DocumentFile } from './documents.ts';

type Cursors = Readonly<Record<string, number>>;

/**
 * How far each reader has delivered. Kept apart from the events; an unreadable file costs repeated deliveries, which
 * readers recognise by the event's id, never lost ones.
 */
export class JournalCursors {
  readonly #file: DocumentFile<Cursors>;
  readonly #cursors = new Map<string, number>();
  readonly #seen = new Set<string>();

  constructor(options: { readonly path: string; readonly log: Log }) {
    this.#file = new DocumentFile<Cursors>({
      path: options.path,
      log: options.log,
      name: 'journal-cursors',
      schema: 1,
      initial: {},
      parse: parseCursors,
      whenUnreadable: 'replace',
    });
  }

  async start(): Promise<void> {
    await this.#file.start();
    for (const [reader, seq] of Object.entries(this.#file.value)) this.#cursors.set(reader, seq);
  }

  /** The furthest cursor, 0 when there is none. */
  get furthest(): number {
    return Math.max(0, ...this.#cursors.values());
  }

  get(reader: string): number {
    this.#seen.add(reader);
    return this.#cursors.get(reader) ?? 0;
  }

  /** True when it moved. */
  advance(reader: string, seq: number): boolean {
    if (!(seq > this.get(reader))) return false;
    this.#cursors.set(reader, seq);
    return true;
  }

  /** How far everybody has delivered; `seenOnly` leaves out readers that did not ask since the start. */
  deliveredTo(seenOnly: boolean): number {
    const readers = seenOnly ? [...this.#seen] : [...new Set([...this.#seen, ...this.#cursors.keys()])];
    return Math.min(Number.POSITIVE_INFINITY, ...readers.map((reader) => this.#cursors.get(reader) ?? 0));
  }

  /** Writes the cursors, none further than `durableSeq`: an event must not be lost and yet count as delivered. */
  async save(durableSeq: number): Promise<void> {
    const next = Object.fromEntries(
      [...this.#cursors].map(([reader, seq]) => [reader, Math.min(seq, durableSeq)]),
    );
    await this.#file.update((value) => (sameCursors(value, next) ? value : next));
  }
}

function parseCursors(data: unknown): Cursors {
  if (typeof data !== 'object' || data === null) throw new Error('it is not an object');
  for (const seq of Object.values(data)) {
    if (!Number.isSafeInteger(seq) || seq < 0) throw new Error(`${String(seq)} is not a sequence number`);
  }
  return data as Cursors;
}

function sameCursors(a: Cursors, b: Cursors): boolean {
  return Object.keys(a).length === Object.keys(b).length && Object.keys(a).every((key) => a[key] === b[key]);
}
