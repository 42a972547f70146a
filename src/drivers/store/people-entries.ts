import type { Person, PersonRef } from '../../core/person.ts';
import type { NextRecord } from './append-log.ts';
import type { PersonCodec } from './person-codec.ts';
import type { Place } from './standing-frames.ts';

/** One person of the people log, in memory. */
export interface Entry {
  readonly person: Person;
  /** Of its newest record; undefined while it has none, or where it shall not be copied. */
  readonly place: Place | undefined;
}

/** One text for each `(gallery, id)`. */
export function keyOf(ref: PersonRef): string {
  return `${ref.gallery.length}:${ref.gallery}/${ref.id}`;
}

/**
 * Their records for the log's next generation, one at a time. A record that stands as it would be written now is
 * copied: sealing everybody anew takes five times as long.
 */
export function* nextRecords(people: Iterable<Entry>, codec: PersonCodec): Iterable<NextRecord> {
  for (const { person, place } of people) {
    yield {
      place,
      payload: (standing) =>
        standing !== undefined && codec.isCurrent(standing) ? standing : codec.encode(person),
    };
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
