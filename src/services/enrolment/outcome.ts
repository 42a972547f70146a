import type { FaceTemplate, Person, PersonRef } from '../../core/person.ts';
import type { ImageRefusal } from '../../core/ports/media.ts';

/** What an enrolment came to. */
export type EnrolOutcome =
  | {
      readonly kind: 'enrolled';
      readonly person: Person;
      readonly face: FaceTemplate;
      /** False when the person was there before and got a further face. */
      readonly created: boolean;
      /** Another person with this face, where the enrolment was forced. */
      readonly duplicateOf?: PersonRef;
    }
  | EnrolRefusal;

/** Why nobody was enrolled; the store is as it was. */
export type EnrolRefusal =
  | { readonly kind: 'exists'; readonly person: PersonRef }
  | { readonly kind: 'unreadable'; readonly refusal: ImageRefusal; readonly detail: string }
  | { readonly kind: 'no_face' }
  | { readonly kind: 'several_faces'; readonly count: number }
  /** `advice`: what to do about the picture, never empty. */
  | { readonly kind: 'low_quality'; readonly advice: readonly string[] }
  /** The same face is enrolled as `other`. */
  | { readonly kind: 'duplicate_face'; readonly other: PersonRef; readonly score: number }
  /** The picture does not show the person that it was to extend. */
  | { readonly kind: 'different_face'; readonly score: number }
  | { readonly kind: 'too_many_faces'; readonly limit: number }
  | { readonly kind: 'busy'; readonly retryAfterS: number };

export type RemoveOutcome =
  | { readonly kind: 'removed'; readonly person: Person }
  | { readonly kind: 'not_found' };

/** What the removal of somebody by their picture came to; only `removed` has changed anything. */
export type RemoveByFaceOutcome =
  | RemoveOutcome
  /** The face is not that person's. */
  | { readonly kind: 'mismatch' }
  | { readonly kind: 'low_quality' }
  | Extract<EnrolRefusal, { readonly kind: 'unreadable' | 'no_face' | 'several_faces' | 'busy' }>;
