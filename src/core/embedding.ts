/** Scales `vector` to length 1 in place and returns it. A zero or non-finite vector becomes all NaN: it matches nobody. */
export function normalise(vector: Float32Array): Float32Array {
  let sum = 0;
  for (let i = 0; i < vector.length; i++) sum += (vector[i] as number) ** 2;
  const scale = 1 / Math.sqrt(sum);
  if (!Number.isFinite(scale)) return vector.fill(Number.NaN);
  for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] as number) * scale;
  return vector;
}

/** Cosine similarity of two normalised vectors of one length, −1 … 1; NaN when either is NaN. */
export function cosine(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Number.NaN;
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

/**
 * Takes `weight` times the population's `mean` out of a normalised vector, in place, and normalises it again.
 *
 * Networks that end in rectified units give every face a share of one common direction, and more of it to blurred
 * or oddly lit pictures; cosines of strangers then depend on the pictures. Without that share they depend less on
 * them (Mu and Viswanath, "All-but-the-Top", 2018, for word vectors; the packs say what it brought for faces).
 */
export function centred(
  vector: Float32Array,
  { mean, weight }: { readonly mean: readonly number[]; readonly weight: number },
): Float32Array {
  if (mean.length !== vector.length) return vector.fill(Number.NaN);
  for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] as number) - weight * (mean[i] as number);
  return normalise(vector);
}
