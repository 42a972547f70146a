import type { Match } from '../../core/face.ts';
import type { Person, PersonRef } from '../../core/person.ts';
import type { Gallery, SearchOptions } from '../../core/ports/gallery.ts';
import type { PeopleStore } from '../../core/ports/store.ts';
import { RowMatrix } from '../../vision/row-matrix.ts';
import { personTemplate } from './person-template.ts';

interface Entry {
  readonly person: Person;
  /** Row of the person's template in the matrix; absent without a picture of this model. */
  readonly row?: number;
}

/**
 * Everybody's template of one embedding model in one block of memory, row after row, so that a comparison with everybody
 * is one pass over it. Who has several pictures is compared by what they have in common (`personTemplate`). Freed rows are
 * used again. Templates of other models are not compared: their owners are counted in `skipped`.
 */
export class GalleryIndex implements Gallery {
  readonly #modelId: string;
  readonly #length: number;
  readonly #matrix: RowMatrix;
  #owners: (Entry | undefined)[] = [];
  #free: number[] = [];
  readonly #entries = new Map<string, Entry>();
  #unsubscribe: (() => void) | undefined;

  constructor(modelId: string, length: number) {
    this.#modelId = modelId;
    this.#length = length;
    this.#matrix = new RowMatrix(length);
  }

  /** Loads everybody and follows changes until `unfollow`. */
  async follow(store: PeopleStore): Promise<void> {
    this.#unsubscribe = store.subscribe((change) => {
      if (change.kind === 'put') this.put(change.person);
      else if (change.kind === 'removed') this.remove(change.person);
      else this.clear();
    });
    for (const person of await store.list()) if (!this.#entries.has(key(person))) this.put(person);
  }

  unfollow(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** People who have templates, but none of this model: they must be enrolled again. */
  get skipped(): readonly PersonRef[] {
    return [...this.#entries.values()]
      .filter((entry) => entry.row === undefined && entry.person.faces.length > 0)
      .map((entry) => ({ gallery: entry.person.gallery, id: entry.person.id }));
  }

  person(ref: PersonRef): Person | undefined {
    return this.#entries.get(key(ref))?.person;
  }

  put(person: Person): void {
    this.remove(person);
    const faces = person.faces.filter(
      (face) => face.modelId === this.#modelId && face.embedding.length === this.#length,
    );
    const template = personTemplate(faces.map(({ embedding }) => embedding));
    const row = template && this.#store(template);
    const entry: Entry = { person, ...(row !== undefined && { row }) };
    if (row !== undefined) this.#owners[row] = entry;
    this.#entries.set(key(person), entry);
  }

  remove(ref: PersonRef): void {
    const entry = this.#entries.get(key(ref));
    if (entry === undefined) return;
    if (entry.row !== undefined) {
      this.#owners[entry.row] = undefined;
      this.#matrix.erase(entry.row);
      this.#free.push(entry.row);
    }
    this.#entries.delete(key(ref));
  }

  clear(): void {
    this.#entries.clear();
    this.#owners = [];
    this.#free = [];
    this.#matrix.clear();
  }

  identify(embedding: Float32Array, options: SearchOptions = {}): Match | null {
    const found: { best?: Entry; score: number; runnerUp: number } = { score: -2, runnerUp: -2 };
    this.#matrix.scan(embedding, this.#owners.length, (row, score) => {
      if (!(score > found.runnerUp)) return;
      const owner = this.#owners[row];
      if (owner === undefined) return;
      if (options.gallery !== undefined && owner.person.gallery !== options.gallery) return;
      const isRival = found.best !== undefined && rivals(found.best, owner, options);
      if (score > found.score) {
        if (isRival) found.runnerUp = Math.max(found.runnerUp, found.score);
        [found.best, found.score] = [owner, score];
      } else if (isRival) found.runnerUp = score;
    });
    if (found.best === undefined) return null;
    const { gallery, id } = found.best.person;
    return {
      person: { gallery, id },
      score: found.score,
      margin: found.score - Math.max(-1, found.runnerUp),
    };
  }

  similarity(embedding: Float32Array, ref: PersonRef): number | undefined {
    const row = this.#entries.get(key(ref))?.row;
    return row === undefined ? undefined : this.#matrix.dot(embedding, row);
  }

  #store(embedding: Float32Array): number {
    const row = this.#free.pop() ?? this.#owners.length;
    this.#matrix.set(row, embedding);
    if (row === this.#owners.length) this.#owners.push(undefined);
    return row;
  }
}

/** By id alone, whoever has the same one in another gallery is no rival. */
function rivals(a: Entry, b: Entry, { byId }: SearchOptions): boolean {
  return a !== b && !(byId === true && a.person.id === b.person.id);
}

function key(ref: PersonRef): string {
  return JSON.stringify([ref.gallery, ref.id]);
}
