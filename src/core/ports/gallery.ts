import type { Match } from '../face.ts';
import type { PersonRef } from '../person.ts';

/**
 * The enrolled templates of the running embedding model, held for comparison. It follows the people store's
 * change feed, so that a change is searched from the moment its promise resolves.
 */
export interface Gallery {
  /** The nearest person of one gallery, or of all; `null` when there is nobody to compare with. */
  identify(embedding: Float32Array, options?: { readonly gallery?: string }): Match | null;
  /** Best cosine with that person's templates; `undefined` when the person has none of this model. */
  similarity(embedding: Float32Array, ref: PersonRef): number | undefined;
}
