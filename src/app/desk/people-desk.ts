import type { Person, PersonRef } from '../../core/person.ts';

/** A person as it is shown: templates are never among it. */
export interface PersonView extends PersonRef {
  readonly name?: string;
  readonly createdAt: string;
  readonly enabled: boolean;
  readonly faces: readonly {
    readonly faceId: string;
    readonly quality: number;
    readonly createdAt: string;
  }[];
}

export type DeskAnswer =
  | { readonly ok: true; readonly faceId: string; readonly faces: number }
  | { readonly ok: false; readonly code: string; readonly message: string; readonly advice: string };

/** What technicians do with people, whether a daemon holds the state directory or this process does. */
export interface PeopleDesk {
  enrol(
    person: PersonRef,
    image: Uint8Array,
    options: { readonly name?: string; readonly force: boolean },
  ): Promise<DeskAnswer>;
  list(gallery?: string): Promise<readonly PersonView[]>;
  /** False when there was nobody. */
  remove(person: PersonRef): Promise<boolean>;
}

export function viewOf(person: Person): PersonView {
  const { gallery, id, name, createdAt, enabled, faces } = person;
  return {
    gallery,
    id,
    ...(name !== undefined && { name }),
    createdAt,
    enabled,
    faces: faces.map((face) => ({ faceId: face.faceId, quality: face.quality, createdAt: face.createdAt })),
  };
}
