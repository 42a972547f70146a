import type { Match } from '../../core/face.ts';
import type { Person, PersonRef } from '../../core/person.ts';
import type { Gallery, SearchOptions } from '../../core/ports/gallery.ts';
import type { PeopleStore } from '../../core/ports/store.ts';

interface Entry {
  readonly person: Person;
  /** Row numbers in the template matrix. */
  readonly rows: readonly number[];
}

/**
 * All templates of one embedding model in one block of memory, row after row, so that a comparison with everybody
 * is one pass over it. Freed rows are used again. Templates of other models are not compared: their owners are
 * counted in `skipped`.
 */
export class GalleryIndex implements Gallery {
  readonly #modelId: string;
  readonly #length: number;
  #matrix: Float32Array;
  #owners: (Entry | undefined)[] = [];
  #free: number[] = [];
  readonly #entries = new Map<string, Entry>();
  #unsubscribe: (() => void) | undefined;

  constructor(modelId: string, length: number) {
    this.#modelId = modelId;
    this.#length = length;
    this.#matrix = new Float32Array(16 * length);
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
      .filter((entry) => entry.rows.length === 0 && entry.person.faces.length > 0)
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
    const rows = faces.map((face) => this.#store(face.embedding));
    const entry = { person, rows };
    for (const row of rows) this.#owners[row] = entry;
    this.#entries.set(key(person), entry);
  }

  remove(ref: PersonRef): void {
    const entry = this.#entries.get(key(ref));
    if (entry === undefined) return;
    for (const row of entry.rows) {
      this.#owners[row] = undefined;
      this.#matrix.fill(0, row * this.#length, (row + 1) * this.#length);
      this.#free.push(row);
    }
    this.#entries.delete(key(ref));
  }

  clear(): void {
    this.#entries.clear();
    this.#owners = [];
    this.#free = [];
    this.#matrix = new Float32Array(16 * this.#length);
  }

  identify(embedding: Float32Array, options: SearchOptions = {}): Match | null {
    const isRival = (a: Entry, b: Entry) =>
      a !== b && !(options.byId === true && a.person.id === b.person.id);
    let best: Entry | undefined;
    let [bestScore, runnerUp] = [-2, -1];
    for (let row = 0; row < this.#owners.length; row++) {
      const owner = this.#owners[row];
      if (owner === undefined) continue;
      if (options.gallery !== undefined && owner.person.gallery !== options.gallery) continue;
      const score = this.#dot(embedding, row);
      if (score > bestScore) {
        if (best !== undefined && isRival(best, owner)) runnerUp = Math.max(runnerUp, bestScore);
        [best, bestScore] = [owner, score];
      } else if (score > runnerUp && best !== undefined && isRival(best, owner)) runnerUp = score;
    }
    if (best === undefined) return null;
    const { gallery, id } = best.person;
    return { person: { gallery, id }, score: bestScore, margin: bestScore - runnerUp };
  }

  similarity(embedding: Float32Array, ref: PersonRef): number | undefined {
    const rows = this.#entries.get(key(ref))?.rows;
    if (rows === undefined || rows.length === 0) return undefined;
    return Math.max(...rows.map((row) => this.#dot(embedding, row)));
  }

  #dot(embedding: Float32Array, row: number): number {
    const matrix = this.#matrix;
    const at = row * this.#length;
    let sum = 0;
    for (let i = 0; i < embedding.length; i++) sum += (embedding[i] as number) * (matrix[at + i] as number);
    return sum;
  }

  #store(embedding: Float32Array): number {
    const row = this.#free.pop() ?? this.#owners.length;
    if ((row + 1) * this.#length > this.#matrix.length) {
      const larger = new Float32Array(this.#matrix.length * 2);
      larger.set(this.#matrix);
      this.#matrix = larger;
    }
    this.#matrix.set(embedding, row * this.#length);
    if (row === this.#owners.length) this.#owners.push(undefined);
    return row;
  }
}

function key(ref: PersonRef): string {
  return JSON.stringify([ref.gallery, ref.id]);
}
