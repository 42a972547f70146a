import type { Person, PersonRef } from '../../core/person.ts';
import { frameBytes } from './frames.ts';
import type { PersonCodec } from './person-codec.ts';

/** One person of the people log, in memory. */
export interface Entry {
  readonly person: Person;
  /** Of its newest record; set anew when it is rewritten. */
  bytes: number;
}

/** One text for each `(gallery, id)`. */
export function keyOf(ref: PersonRef): string {
  return `${ref.gallery.length}:${ref.gallery}/${ref.id}`;
}

/** Their records, one at a time. */
export function* encodeAll(people: Map<string, Entry>, codec: PersonCodec): Iterable<Uint8Array> {
  for (const entry of people.values()) {
    const payload = codec.encode(entry.person);
    entry.bytes = frameBytes(payload.length);
    yield payload;
  }
}

/** Names of the kept pictures that their faces carry. */
export function picturesOf(people: Map<string, Entry>): string[] {
  return [...people.values()].flatMap(({ person }) =>
    person.faces.flatMap(({ picture }) => (picture === undefined ? [] : [picture])),
  );
}

/** With embeddings of its own, whatever the caller does with theirs afterwards. */
export function copyOf(person: Person): Person {
  return { ...person, faces: person.faces.map((face) => ({ ...face, embedding: face.embedding.slice() })) };
}

/** Whether `before` holds a template that `after` no longer has. */
export function losesTemplate(before: Person | undefined, after: Person): boolean {
  return (before?.faces ?? []).some(
    (old) =>
      !after.faces.some(
        (face) =>
          face.modelId === old.modelId &&
          face.embedding.length === old.embedding.length &&
          face.embedding.every((number, i) => Object.is(number, old.embedding[i])),
      ),
  );
}
