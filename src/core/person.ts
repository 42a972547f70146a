/** Who somebody is, under every dialect: `(gallery, id)` is unique. */
export interface PersonRef {
  readonly gallery: string;
  readonly id: string;
}

/** One enrolled view of a person: a template; a picture only where it was asked to be kept. */
export interface FaceTemplate {
  /** Unique within the person, for instance `1`, `2`, … in order of enrolment. */
  readonly faceId: string;
  /** The embedding model (see `ModelPack.embedder.modelId`); templates of different models are never compared. */
  readonly modelId: string;
  /** L2-normalised, `ModelPack.embedder.length` numbers. */
  readonly embedding: Float32Array;
  /** 0 (unusable) … 1 (ideal), as measured at enrolment. */
  readonly quality: number;
  /** Uploaded stills are never judged for liveness; live enrolment is. */
  readonly liveness: 'not_assessed' | 'live';
  /** RFC 3339 UTC. */
  readonly createdAt: string;
  /** Name of the kept picture in the `PictureStore`; only with `store.keepImages`. */
  readonly picture?: string;
  /** Which request it came of, as hashes, where the request could be repeated. */
  readonly requestKey?: string;
}

export interface Person extends PersonRef {
  readonly name?: string;
  /** RFC 3339 UTC. */
  readonly createdAt: string;
  readonly enabled: boolean;
  /** RFC 3339; before it the door stays shut (`outside_validity`). */
  readonly validFrom?: string;
  /** RFC 3339; from it on the door stays shut (`outside_validity`). */
  readonly validUntil?: string;
  readonly faces: readonly FaceTemplate[];
}

/** `gallery/id`, as CLI verbs and logs write it. */
export function formatPersonRef(ref: PersonRef): string {
  return `${ref.gallery}/${ref.id}`;
}

export function samePerson(a: PersonRef | undefined, b: PersonRef | undefined): boolean {
  return a !== undefined && b !== undefined && a.id === b.id && a.gallery === b.gallery;
}

/** For sorting: by gallery, then by id, code unit by code unit. */
export function byGalleryAndId(a: PersonRef, b: PersonRef): number {
  if (a.gallery !== b.gallery) return a.gallery < b.gallery ? -1 : 1;
  return a.id === b.id ? 0 : a.id < b.id ? -1 : 1;
}

/** Longest gallery or id, UTF-16 units. */
const MAX_NAME_LENGTH = 128;

/**
 * What is wrong with a gallery and id that came from outside, or undefined. Galleries hold no `/`, so that
 * `gallery/id` splits at the first one; neither holds control characters, nor surrogates that are not a pair.
 */
export function checkPersonRef(ref: PersonRef): string | undefined {
  for (const [what, value] of [
    ['gallery', ref.gallery],
    ['id', ref.id],
  ] as const) {
    if (value.trim() === '') return `${what} is empty`;
    if (value.length > MAX_NAME_LENGTH) return `${what} is longer than ${MAX_NAME_LENGTH} characters`;
    if (/[\p{Cc}\p{Cs}]/u.test(value)) return `${what} holds a control character or a broken one`;
  }
  return ref.gallery.includes('/') ? 'gallery holds a slash' : undefined;
}
