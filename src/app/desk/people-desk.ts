import type { FaceTemplate, Person, PersonRef } from '../../core/person.ts';

/** A person as it is shown: templates are never among it. The same as `/v1/people` tells. */
export interface PersonView extends Omit<Person, 'faces'> {
  readonly faces: readonly Omit<FaceTemplate, 'embedding'>[];
}

export interface EnrolOptions {
  readonly name?: string;
  /** RFC 3339. */
  readonly validFrom?: string;
  readonly validUntil?: string;
  readonly force: boolean;
}

export type DeskAnswer =
  | { readonly ok: true; readonly faceId: string; readonly faces: number }
  | { readonly ok: false; readonly code: string; readonly message: string; readonly advice: string };

/** What technicians do with people, whether a daemon holds the state directory or this process does. */
export interface PeopleDesk {
  enrol(person: PersonRef, image: Uint8Array, options: EnrolOptions): Promise<DeskAnswer>;
  /** In order of gallery and id. */
  list(gallery?: string): Promise<readonly PersonView[]>;
  /** False when there was nobody. */
  remove(person: PersonRef): Promise<boolean>;
}

export function viewOf(person: Person): PersonView {
  const { gallery, id, name, createdAt, enabled, validFrom, validUntil, faces } = person;
  return {
    gallery,
    id,
    ...(name !== undefined && { name }),
    createdAt,
    enabled,
    ...(validFrom !== undefined && { validFrom }),
    ...(validUntil !== undefined && { validUntil }),
    faces: faces.map((face) => ({
      faceId: face.faceId,
      modelId: face.modelId,
      quality: face.quality,
      liveness: face.liveness,
      createdAt: face.createdAt,
    })),
  };
}
