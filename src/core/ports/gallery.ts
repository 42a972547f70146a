import type { Match } from '../face.ts';
import type { PersonRef } from '../person.ts';

export interface SearchOptions {
  /** All galleries when absent. */
  readonly gallery?: string;
  /** Whoever has the same id in another gallery is no runner-up, for answers that name the id alone. */
  readonly byId?: boolean;
}

/**
 * The enrolled templates of the running embedding model, held for comparison. It follows the people store's
 * change feed, so that a change is searched from the moment its promise resolves.
 */
export interface Gallery {
  /** The nearest person of one gallery, or of all; `null` when there is nobody to compare with. */
  identify(embedding: Float32Array, options?: SearchOptions): Match | null;
  /** Cosine with what that person's pictures have in common; `undefined` when the person has none of this model. */
  similarity(embedding: Float32Array, ref: PersonRef): number | undefined;
}
