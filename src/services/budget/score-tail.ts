/** Best scores of strangers' visits, counted by hundredths of cosine: all that is kept of them. */
export type ScoreCounts = Readonly<Record<string, number>>;

const PER_UNIT = 100;
/** The part of the scores whose excess tells the shape of the tail. */
const TAIL_PART = 0.2;
/** 95 % quantile of the normal distribution, one-sided. */
const Z_ONE_SIDED = 1.645;

export interface TailEstimate {
  /** Chance that the best score of a visit reaches the threshold. */
  readonly probability: number;
  /** The same, with the tail as long as so few scores do not exclude (95 %). */
  readonly upTo: number;
}

export function binOf(score: number): string {
  return String(Math.floor(Math.min(1, Math.max(-1, score)) * PER_UNIT));
}

/**
 * How often scores reach `threshold`: counted where some did, else read from an exponential through the excesses of
 * the upper fifth (peaks over threshold; Pickands 1975). Scores of strangers fall off faster than that: it errs
 * upwards. Undefined without scores.
 */
export function tailOf(counts: ScoreCounts, threshold: number): TailEstimate | undefined {
  const scores = Object.entries(counts)
    // the upper edge of the bin: a score is never taken for less than it was
    .map(([bin, count]) => ({ score: (Number(bin) + 1) / PER_UNIT, count }))
    .sort((a, b) => b.score - a.score);
  const total = scores.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return undefined;
  const wanted = Math.max(1, total * TAIL_PART);
  let [taken, from] = [0, 0];
  for (const { score, count } of scores) {
    if (taken >= wanted) break;
    taken += count;
    from = score;
  }
  const excess = scores.reduce(
    (sum, { score, count }) => sum + (score >= from ? count * (score - from) : 0),
    0,
  );
  const mean = Math.max(excess / taken, 0.5 / PER_UNIT);
  const beyond = (length: number) =>
    threshold <= from ? 1 : (taken / total) * Math.exp(-(threshold - from) / length);
  const above = scores.reduce((sum, { score, count }) => sum + (score > threshold ? count : 0), 0) / total;
  const probability = Math.min(1, Math.max(above, beyond(mean)));
  const longest = mean * (1 + Z_ONE_SIDED / Math.sqrt(taken));
  return { probability, upTo: Math.min(1, Math.max(probability, beyond(longest))) };
}
