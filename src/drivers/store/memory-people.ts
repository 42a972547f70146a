import type { Person, PersonRef } from '../../core/person.ts';
import type { PeopleChange, PeopleStore } from '../../core/ports/store.ts';
import { keyOf } from './people-entries.ts';

/** People for one run only, where there is no state directory: `watch` over a file, `evaluate`, desks. */
export class MemoryPeople implements PeopleStore {
  readonly #people = new Map<string, Person>();
  readonly #listeners = new Set<(change: PeopleChange) => void>();

  async get(ref: PersonRef): Promise<Person | undefined> {
    return this.#people.get(keyOf(ref));
  }

  async list(gallery?: string): Promise<readonly Person[]> {
    const all = [...this.#people.values()];
    return gallery === undefined ? all : all.filter((person) => person.gallery === gallery);
  }

  async put(person: Person): Promise<void> {
    const stored = structuredClone(person);
    this.#people.set(keyOf(person), stored);
    this.#notify({ kind: 'put', person: stored });
  }

  async create(person: Person): Promise<boolean> {
    if (this.#people.has(keyOf(person))) return false;
    await this.put(person);
    return true;
  }

  async update(people: readonly PersonRef[], change: (person: Person) => Person): Promise<void> {
    for (const ref of people) {
      const person = this.#people.get(keyOf(ref));
      if (person !== undefined) await this.put(change(person));
    }
  }

  async remove(ref: PersonRef): Promise<boolean> {
    if (!this.#people.delete(keyOf(ref))) return false;
    this.#notify({ kind: 'removed', person: { gallery: ref.gallery, id: ref.id } });
    return true;
  }

  async clear(): Promise<number> {
    const count = this.#people.size;
    this.#people.clear();
    this.#notify({ kind: 'cleared' });
    return count;
  }

  async replaceAll(people: readonly Person[]): Promise<void> {
    await this.clear();
    for (const person of people) await this.put(person);
  }

  subscribe(listener: (change: PeopleChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #notify(change: PeopleChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}
