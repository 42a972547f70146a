import type { EventBody } from '../events.ts';
import type { PersonRef } from '../person.ts';

/** Whose traces are to go. An account and a person may share one name: the one may go and the other stay. */
export type ErasureSubject =
  | { readonly kind: 'person' | 'account'; readonly person: PersonRef }
  | { readonly kind: 'everybody' };

/** Takes those who are removed out of the journal as well. */
export interface Eraser {
  /**
   * Does `work`, journals the event that `eventOf` makes of its result, and takes the subject's name out of everything
   * journalled before; when `eventOf` gives none, nothing was removed and nothing is erased. A crash in between is made
   * good at the next start. Rejects as `work` does, having erased nothing.
   */
  erase<T>(
    subject: ErasureSubject,
    work: () => Promise<T>,
    eventOf: (result: T) => EventBody | undefined,
  ): Promise<T>;
}
