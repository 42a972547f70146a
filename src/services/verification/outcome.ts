import type { PersonRef } from '../../core/person.ts';
import type { ClipRefusal, ImageRefusal } from '../../core/ports/media.ts';

/** Stills are judged by similarity only, and so are clips that show too little of a face or a pack that cannot judge. */
type Liveness = 'not_assessed' | 'live';

/** Why an upload could not be compared. */
export type ProbeProblem =
  | { readonly kind: 'unreadable'; readonly refusal: ImageRefusal | ClipRefusal; readonly detail: string }
  | { readonly kind: 'no_face' }
  | { readonly kind: 'several_faces'; readonly count: number }
  | { readonly kind: 'low_quality' }
  | { readonly kind: 'busy'; readonly retryAfterS: number };

/** 1:1. Only `match` says yes. */
export type VerifyOutcome =
  | ProbeProblem
  | {
      readonly kind: 'match';
      readonly person: PersonRef;
      readonly score: number;
      readonly liveness: Liveness;
    }
  | {
      readonly kind: 'mismatch';
      readonly person: PersonRef;
      readonly score: number;
      /** `spoof`: the face may match, but it looks like a picture of that face. */
      readonly liveness: Liveness | 'spoof';
      /** Whom of the same gallery the face matches instead; only where the request asked for rivals. */
      readonly other?: PersonRef;
    }
  /** Nobody by that id has a face to compare with, or the id is in several galleries and none is the default. */
  | { readonly kind: 'unknown_person' }
  /** The person exists and may not pass now; nothing was compared. */
  | {
      readonly kind: 'not_valid';
      readonly person: PersonRef;
      readonly reason: 'person_disabled' | 'outside_validity';
    };

/** 1:N. `unknown` never carries the nearest name. */
export type IdentifyOutcome =
  | ProbeProblem
  | {
      readonly kind: 'match';
      readonly person: PersonRef;
      readonly score: number;
      readonly margin: number;
      readonly liveness: Liveness;
    }
  | { readonly kind: 'unknown'; readonly reason: 'unknown_face' | 'ambiguous_match' };
