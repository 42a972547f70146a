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
