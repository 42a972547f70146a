export interface RateWithBounds {
  readonly rate: number;
  /** Wilson score interval, 95 %. */
  readonly low: number;
  readonly high: number;
}

/** A rate with what it was counted from. */
export interface CountedRate extends RateWithBounds {
  readonly hits: number;
  readonly trials: number;
}

/** 97.5 % quantile of the normal distribution. */
const Z = 1.959964;

/** 95 % interval of a rate of `hits` in `trials` (Wilson, 1927). */
export function wilson(hits: number, trials: number): RateWithBounds {
  const rate = hits / trials;
  const middle = (rate + Z ** 2 / (2 * trials)) / (1 + Z ** 2 / trials);
  const spread =
    (Z / (1 + Z ** 2 / trials)) * Math.sqrt((rate * (1 - rate)) / trials + Z ** 2 / (4 * trials ** 2));
  return { rate, low: Math.max(0, middle - spread), high: Math.min(1, middle + spread) };
}

/** How often `trials` came out true; `null` when there were none. */
export function counted(trials: readonly boolean[]): CountedRate | null {
  if (trials.length === 0) return null;
  const hits = trials.filter(Boolean).length;
  return { ...wilson(hits, trials.length), hits, trials: trials.length };
}
