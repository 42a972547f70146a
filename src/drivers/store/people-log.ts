import { LimenError } from '../../core/errors.ts';
import type { Person, PersonRef } from '../../core/person.ts';
import type { Log } from '../../core/ports/log.ts';
import type { PeopleChange, PeopleStore } from '../../core/ports/store.ts';
import { AppendLog } from './append-log.ts';
import { frameBytes } from './frames.ts';
import { HEADER_BYTES } from './log-header.ts';
import { copyOf, type Entry, keyOf, losesTemplate, nextRecords, picturesOf } from './people-entries.ts';
import { type PersonCodec, plainPersonCodec } from './person-codec.ts';
import { Turnstile } from './turnstile.ts';

/** Superseded records below this are not worth a rewrite. */
const MIN_GARBAGE_BYTES = 1024 * 1024;

export interface PeopleLogOptions {
  /** The log's file, in an existing directory. */
  readonly path: string;
  readonly log: Log;
  /** Unencrypted records when not given; `PeopleVault` gives the one that seals. */
  readonly codec?: PersonCodec;
  /** Removes kept pictures that nobody will name any more; awaited before the records that name them go. */
  readonly discardPictures?: (names: readonly string[]) => Promise<void>;
}

/**
 * People in an append log, and in memory. An enrolment or a change appends one record, whatever the number of
 * people. What takes a template away (a removal, a replaced or withdrawn face) instead rewrites the log without it
 * and drops the previous generation, so that no file holds it when the promise resolves. Superseded records are
 * compacted away once they outweigh the living ones; that alone keeps the previous generation.
 */
export class PeopleLog implements PeopleStore {
  readonly name = 'people';
  readonly #log: Log;
  readonly #codec: PersonCodec;
  readonly #records: AppendLog;
  readonly #path: string;
  readonly #discardPictures: (names: readonly string[]) => Promise<void>;
  readonly #turns = new Turnstile();
  readonly #listeners = new Set<(change: PeopleChange) => void>();
  #people: Map<string, Entry> | undefined;
  #outdated = 0;
  #liveBytes = 0;
  #garbageBytes = 0;
  #compactAboveBytes = MIN_GARBAGE_BYTES;
  #compacting: Promise<void> = Promise.resolve();
  #leaving: { readonly ref: PersonRef; removed: boolean }[] = [];
  #leave: Promise<void> = Promise.resolve();

  constructor(options: PeopleLogOptions) {
    this.#log = options.log;
    this.#path = options.path;
    this.#codec = options.codec ?? plainPersonCodec;
    this.#discardPictures = options.discardPictures ?? (async () => undefined);
    this.#records = new AppendLog({ path: options.path, kind: 'people', log: options.log });
  }

  /**
   * Reads everybody.
   * @throws LimenError `store_corrupt` | `store_fault` | `store_key_missing` | `store_key_wrong`; nothing was changed
   */
  async start(): Promise<void> {
    const people = new Map<string, Entry>();
    let liveBytes = 0;
    this.#outdated = 0;
    await this.#records.open((payload, offset) => {
      const person = this.#decode(payload, offset);
      if (!this.#codec.isCurrent(payload)) this.#outdated++;
      const key = keyOf(person);
      const bytes = frameBytes(payload.length);
      liveBytes += bytes - (people.get(key)?.place?.bytes ?? 0);
      people.set(key, { person, place: { offset, bytes } });
    });
    this.#people = people;
    this.#liveBytes = liveBytes;
    this.#garbageBytes = this.#records.length - HEADER_BYTES - liveBytes;
  }

  async stop(): Promise<void> {
    await this.#turns.exclusive(async () => undefined);
    await this.#compacting;
    await this.#records.close();
    this.#people = undefined;
  }

  /** Records that do not stand as they would be written now: unencrypted, or under an earlier key. */
  get outdated(): number {
    return this.#outdated;
  }

  /** Bytes on disk, superseded records included. */
  get sizeBytes(): number {
    return this.#records.length;
  }

  async get(ref: PersonRef): Promise<Person | undefined> {
    return this.#loaded().get(keyOf(ref))?.person;
  }

  async list(gallery?: string): Promise<readonly Person[]> {
    const all = [...this.#loaded().values()].map((entry) => entry.person);
    return gallery === undefined ? all : all.filter((person) => person.gallery === gallery);
  }

  async put(person: Person): Promise<void> {
    const key = keyOf(person);
    const appended = await this.#turns.shared(key, async () => {
      if (losesTemplate(this.#loaded().get(key)?.person, person)) return false;
      await this.#append(key, person);
      return true;
    });
    if (!appended) await this.#turns.exclusive(() => this.#supersede(key, person));
  }

  create(person: Person): Promise<boolean> {
    const key = keyOf(person);
    return this.#turns.shared(key, async () => {
      if (this.#loaded().has(key)) return false;
      await this.#append(key, person);
      return true;
    });
  }

  update(people: readonly PersonRef[], change: (person: Person) => Person): Promise<void> {
    return this.#turns.exclusive(async () => {
      const next = new Map(this.#loaded());
      const changed: Person[] = [];
      for (const key of people.map(keyOf)) {
        const entry = next.get(key);
        if (entry === undefined) continue;
        const person = copyOf(change(entry.person));
        next.set(key, { person, place: undefined });
        changed.push(person);
      }
      if (changed.length === 0) return;
      await this.#replaceBy(next);
      for (const person of changed) this.#notify({ kind: 'put', person });
    });
  }

  /** Removals that wait together share one rewrite. */
  async remove(ref: PersonRef): Promise<boolean> {
    const leaving = { ref, removed: false };
    this.#leaving.push(leaving);
    if (this.#leaving.length === 1) this.#leave = this.#turns.exclusive(() => this.#removeLeaving());
    await this.#leave;
    return leaving.removed;
  }

  clear(): Promise<number> {
    return this.#turns.exclusive(async () => {
      const count = this.#loaded().size;
      await this.#replaceBy(new Map());
      this.#notify({ kind: 'cleared' });
      return count;
    });
  }

  /**
   * Replaces everybody by `people`, in one step; what they alone had is nowhere afterwards.
   * @throws LimenError `store_fault`; nothing was changed
   */
  replaceAll(people: readonly Person[]): Promise<void> {
    return this.#turns.exclusive(async () => {
      const next = new Map<string, Entry>();
      for (const person of people) {
        const stored = copyOf(person);
        next.set(keyOf(stored), { person: stored, place: undefined });
      }
      await this.#replaceBy(next);
      this.#notify({ kind: 'cleared' });
      for (const { person } of next.values()) this.#notify({ kind: 'put', person });
    });
  }

  /** Writes every record anew and drops what was before. @throws LimenError `store_fault`; nothing was changed */
  rewrite(): Promise<void> {
    return this.#turns.exclusive(() => {
      const anew = [...this.#loaded()].map(
        ([key, { person }]) => [key, { person, place: undefined }] as const,
      );
      return this.#rewrite(new Map(anew), 'drop');
    });
  }

  subscribe(listener: (change: PeopleChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #loaded(): Map<string, Entry> {
    if (this.#people === undefined) throw new LimenError('store_fault', `${this.#path} is not open`);
    return this.#people;
  }

  #decode(payload: Uint8Array, offset: number): Person {
    try {
      return this.#codec.decode(payload);
    } catch (cause) {
      if (cause instanceof LimenError) throw cause;
      const reason = cause instanceof Error ? cause.message : String(cause);
      const message = `${this.#path}: the record at byte ${offset} is whole but unreadable: ${reason}`;
      throw new LimenError('store_corrupt', message, { cause });
    }
  }

  async #append(key: string, person: Person): Promise<void> {
    const payload = this.#codec.encode(person);
    const offset = await this.#records.append([payload]);
    const bytes = frameBytes(payload.length);
    const people = this.#loaded();
    const superseded = people.get(key)?.place?.bytes ?? 0;
    this.#liveBytes += bytes - superseded;
    this.#garbageBytes += superseded;
    // Decoded, so that memory holds what the next start will read, whatever the caller does with its arrays.
    const stored = this.#codec.decode(payload);
    people.set(key, { person: stored, place: { offset, bytes } });
    this.#notify({ kind: 'put', person: stored });
    this.#compactWhenWorthIt();
  }

  async #supersede(key: string, person: Person): Promise<void> {
    const stored = this.#codec.decode(this.#codec.encode(person));
    const next = new Map(this.#loaded());
    next.set(key, { person: stored, place: undefined });
    await this.#replaceBy(next);
    this.#notify({ kind: 'put', person: stored });
  }

  async #removeLeaving(): Promise<void> {
    const leaving = this.#leaving;
    this.#leaving = [];
    const next = new Map(this.#loaded());
    const gone = leaving.filter(({ ref }) => next.delete(keyOf(ref)));
    if (gone.length === 0) return;
    await this.#replaceBy(next);
    for (const entry of gone) {
      entry.removed = true;
      this.#notify({ kind: 'removed', person: { gallery: entry.ref.gallery, id: entry.ref.id } });
    }
  }

  /** Pictures first: a crash in between leaves a face without its picture, never a picture without its face. */
  async #replaceBy(next: Map<string, Entry>): Promise<void> {
    const staying = new Set(picturesOf(next));
    await this.#discardPictures(picturesOf(this.#loaded()).filter((name) => !staying.has(name)));
    await this.#rewrite(next, 'drop');
  }

  async #rewrite(next: Map<string, Entry>, previous: 'keep' | 'drop'): Promise<void> {
    const places = await this.#records.replace(nextRecords(next.values(), this.#codec), previous);
    const rewritten = [...next].map(([key, { person }], i) => [key, { person, place: places[i] }] as const);
    this.#people = new Map(rewritten);
    this.#outdated = 0;
    this.#liveBytes = this.#records.length - HEADER_BYTES;
    this.#garbageBytes = 0;
    this.#compactAboveBytes = MIN_GARBAGE_BYTES;
  }

  #compactWhenWorthIt(): void {
    const garbageBytes = this.#garbageBytes;
    if (garbageBytes < Math.max(this.#compactAboveBytes, this.#liveBytes)) return;
    this.#compactAboveBytes = Number.POSITIVE_INFINITY;
    this.#compacting = this.#turns
      .exclusive(() => this.#rewrite(this.#loaded(), 'keep'))
      .catch((cause: unknown) => {
        // The log is whole and only larger than need be; the next try waits for twice the garbage.
        this.#compactAboveBytes = 2 * garbageBytes;
        this.#log.warn({ file: this.#path, cause: String(cause) }, 'could not compact the people log');
      });
  }

  #notify(change: PeopleChange): void {
    for (const listener of this.#listeners) {
      try {
        listener(change);
      } catch (cause) {
        this.#log.error({ cause: String(cause) }, 'a listener to changes of people failed');
      }
    }
  }
}
