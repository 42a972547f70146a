import { type RateWithBounds, wilson } from './bounds.ts';

/** One comparison whose truth is known. */
export interface ScoredPair {
  readonly same: boolean;
  /** Cosine, −1 … 1; −1 where one of the pictures shows no face that can be compared. */
  readonly similarity: number;
  readonly failed: boolean;
}

/** What a list of pairs says of a recogniser. A figure that so few pairs cannot resolve is null. */
export interface PairFigures {
  readonly pairs: number;
  /** Pairs with a picture in which no face could be compared; they count at similarity −1. */
  readonly failures: number;
  readonly accuracy: { readonly crossValidated: number | null; readonly best: number | null };
  /** Cosine with the best accuracy over all pairs. */
  readonly threshold: number | null;
  /** Area under the ROC curve: how often a same pair scores above a different one, ties counting half. */
  readonly auc: number | null;
  /** Rate at which false matches and false non-matches are equal. */
  readonly eer: number | null;
  readonly tarAtFmr: Readonly<Record<string, number | null>>;
  /** The same rates with what they leave open. */
  readonly tarBounds: Readonly<Record<string, RateWithBounds | null>>;
  /** The cosine that gives each false match rate. */
  readonly thresholdAtFmr: Readonly<Record<string, number | null>>;
}

const FALSE_MATCH_RATES = ['0.01', '0.001'] as const;
/** As LFW's own protocol has it. */
const FOLDS = 10;

/** Pure: the same pairs in the same order give the same figures. A pair matches when its similarity ≥ threshold. */
export function pairFigures(pairs: readonly ScoredPair[]): PairFigures {
  const genuine = descending(pairs.filter((pair) => pair.same));
  const impostors = descending(pairs.filter((pair) => !pair.same));
  const best = bestThreshold(pairs);
  const both = genuine.length > 0 && impostors.length > 0;
  const at = FALSE_MATCH_RATES.map(
    (fmr) => [fmr, both ? tarAt(Number(fmr), genuine, impostors) : null] as const,
  );
  return {
    pairs: pairs.length,
    failures: pairs.filter((pair) => pair.failed).length,
    accuracy: { crossValidated: crossValidated(pairs), best: best?.accuracy ?? null },
    threshold: best?.threshold ?? null,
    auc: both ? areaUnderCurve(genuine, impostors) : null,
    eer: both ? equalErrorRate(genuine, impostors) : null,
    tarAtFmr: Object.fromEntries(at.map(([fmr, found]) => [fmr, found?.bounds.rate ?? null])),
    tarBounds: Object.fromEntries(at.map(([fmr, found]) => [fmr, found?.bounds ?? null])),
    thresholdAtFmr: Object.fromEntries(at.map(([fmr, found]) => [fmr, found?.threshold ?? null])),
  };
}

function descending(pairs: readonly ScoredPair[]): number[] {
  return pairs.map((pair) => pair.similarity).sort((a, b) => b - a);
}

/** The threshold with the most pairs decided rightly; midway between two similarities, so that it is no pair's own. */
function bestThreshold(pairs: readonly ScoredPair[]): { threshold: number; accuracy: number } | undefined {
  if (pairs.length === 0) return undefined;
  const sorted = [...pairs].sort((a, b) => b.similarity - a.similarity);
  // start above everything: no pair matches, every different pair is right
  let right = pairs.filter((pair) => !pair.same).length;
  let best = { threshold: 1 + Number.EPSILON, right };
  sorted.forEach((pair, i) => {
    right += pair.same ? 1 : -1;
    const next = sorted[i + 1]?.similarity;
    if (next === pair.similarity || right <= best.right) return;
    best = { threshold: next === undefined ? pair.similarity : (pair.similarity + next) / 2, right };
  });
  return { threshold: best.threshold, accuracy: best.right / pairs.length };
}

/** Each tenth, in the order of the file, is decided with the threshold that was best on the other nine. */
function crossValidated(pairs: readonly ScoredPair[]): number | null {
  if (pairs.length < FOLDS) return null;
  const foldOf = (i: number) => Math.floor((i * FOLDS) / pairs.length);
  let right = 0;
  for (let fold = 0; fold < FOLDS; fold++) {
    const training = bestThreshold(pairs.filter((_, i) => foldOf(i) !== fold));
    const threshold = training?.threshold ?? Number.NaN;
    right += pairs.filter(
      (pair, i) => foldOf(i) === fold && pair.similarity >= threshold === pair.same,
    ).length;
  }
  return right / pairs.length;
}

function tarAt(fmr: number, genuine: readonly number[], impostors: readonly number[]) {
  if (impostors.length * fmr < 1) return null;
  // the strongest impostor that must not match sets the threshold; equal scores do not match either
  const threshold = impostors[Math.floor(impostors.length * fmr + 1e-9)];
  if (threshold === undefined) return null;
  const hits = genuine.filter((score) => score > threshold).length;
  return { threshold, bounds: wilson(hits, genuine.length) };
}

/** Mann and Whitney's U over both sorted lists. */
function areaUnderCurve(genuine: readonly number[], impostors: readonly number[]): number {
  let wins = 0;
  let [above, atLeast] = [0, 0];
  for (const score of genuine) {
    while (above < impostors.length && (impostors[above] as number) > score) above++;
    atLeast = Math.max(atLeast, above);
    while (atLeast < impostors.length && (impostors[atLeast] as number) >= score) atLeast++;
    wins += impostors.length - atLeast + (atLeast - above) / 2;
  }
  return wins / (genuine.length * impostors.length);
}

function equalErrorRate(genuine: readonly number[], impostors: readonly number[]): number {
  let best = { difference: Number.POSITIVE_INFINITY, rate: Number.NaN };
  let [matched, falseMatches] = [0, 0];
  for (const threshold of [...new Set([...genuine, ...impostors])].sort((a, b) => b - a)) {
    while (matched < genuine.length && (genuine[matched] as number) >= threshold) matched++;
    while (falseMatches < impostors.length && (impostors[falseMatches] as number) >= threshold)
      falseMatches++;
    const fmr = falseMatches / impostors.length;
    const fnmr = 1 - matched / genuine.length;
    if (Math.abs(fmr - fnmr) < best.difference) {
      best = { difference: Math.abs(fmr - fnmr), rate: (fmr + fnmr) / 2 };
    }
  }
  return best.rate;
}
