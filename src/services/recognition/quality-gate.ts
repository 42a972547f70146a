/** Views below this overall quality are not embedded: their similarity says more about the blur than the face. */
export const MIN_EMBED_QUALITY = 0.12;
