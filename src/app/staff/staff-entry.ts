import type { PersonRef } from '../../core/person.ts';

/** A photograph of somebody who is to be enrolled. */
export interface StaffPicture {
  /** Where to read it. */
  readonly path: string;
  /** As the report names it: relative to the folder, or the list's line and cell. */
  readonly shown: string;
}

/** Somebody of a folder or list. */
export interface StaffMember {
  readonly person: PersonRef;
  readonly name?: string;
  /** RFC 3339. */
  readonly validFrom?: string;
  readonly validUntil?: string;
  /** At least one. */
  readonly pictures: readonly StaffPicture[];
}

/** What stands in the way of one entry, in words for whoever made the folder or list. */
export interface StaffProblem {
  readonly shown: string;
  readonly message: string;
  readonly advice: string;
}

export interface Staff {
  /** In order of gallery and id. */
  readonly members: readonly StaffMember[];
  readonly problems: readonly StaffProblem[];
}
