import { cosine, normalise } from '../../core/embedding.ts';

/**
 * A picture whose mean cosine with the person's other pictures is less shows somebody else, or nobody that can be
 * known: half the match thresholds of the packs. At a third and more, good pictures fall out.
 */
const MIN_AGREEMENT = 0.2;
/** Of unit vectors: two whose mean is shorter are opposites, and it points anywhere. */
const MIN_MEAN_LENGTH = 1e-3;
/** Of two pictures that disagree nobody knows which is wrong. */
const MIN_TO_JUDGE = 3;

/**
 * What is compared of a person with several pictures: the mean of their templates, normalised. Of three or more, those
 * that do not agree with the rest are left out, the worst first. Undefined without any that can be compared, and for opposites.
 */
export function personTemplate(embeddings: readonly Float32Array[]): Float32Array | undefined {
  let agreeing = embeddings.filter((one) => Number.isFinite(cosine(one, one)));
  while (agreeing.length >= MIN_TO_JUDGE) {
    const [worst, agreement] = oddOneOut(agreeing);
    if (agreement >= MIN_AGREEMENT) break;
    agreeing = agreeing.filter((_, i) => i !== worst);
  }
  const [first, ...others] = agreeing;
  if (first === undefined || others.length === 0) return first;
  const mean = Float32Array.from(first, (value, i) =>
    others.reduce((sum, other) => sum + (other[i] as number), value),
  );
  return Math.hypot(...mean) > agreeing.length * MIN_MEAN_LENGTH ? normalise(mean) : undefined;
}

/** Which of three or more agrees least with the others, and how well: its mean cosine with them. */
function oddOneOut(embeddings: readonly Float32Array[]): [index: number, agreement: number] {
  const agreements = embeddings.map((one, i) => {
    const others = embeddings.filter((_, j) => j !== i);
    return others.reduce((sum, other) => sum + cosine(one, other), 0) / others.length;
  });
  const least = Math.min(...agreements);
  return [agreements.indexOf(least), least];
}
