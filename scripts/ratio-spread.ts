// Spread of a ratio that each person has their own of, from several pictures of some of them.

export interface RatioOfPerson {
  readonly person: string;
  /** Logarithm of the ratio. */
  readonly value: number;
}

export interface RatioSpread {
  /** Standard deviation from picture to picture of one person, pooled, with its 95 % bounds. */
  readonly within: number;
  readonly low: number;
  readonly high: number;
  /** What is left of the spread of all pictures' values when that is taken off; 0 when nothing is. */
  readonly between: number;
  /** With two pictures or more. */
  readonly people: number;
  readonly pictures: number;
}

export function spreadWithin(values: readonly RatioOfPerson[]): RatioSpread {
  const byPerson = new Map<string, number[]>();
  for (const { person, value } of values) byPerson.set(person, [...(byPerson.get(person) ?? []), value]);
  const groups = [...byPerson.values()];
  const several = groups.filter((group) => group.length > 1);
  const freedom = several.reduce((sum, group) => sum + group.length - 1, 0);
  const within = several.reduce((sum, group) => sum + squares(group), 0) / freedom;
  // one-way analysis of variance with groups of different sizes
  const all = values.map(({ value }) => value);
  const middle = mean(all);
  const sizes = groups.map((group) => group.length);
  const typical = (all.length - sizes.reduce((sum, n) => sum + n * n, 0) / all.length) / (groups.length - 1);
  const amongGroups =
    groups.reduce((sum, group) => sum + group.length * (mean(group) - middle) ** 2, 0) / (groups.length - 1);
  return {
    within: Math.sqrt(within),
    low: Math.sqrt((within * freedom) / chiSquare(freedom, 1.959964)),
    high: Math.sqrt((within * freedom) / chiSquare(freedom, -1.959964)),
    between: Math.sqrt(Math.max(0, (amongGroups - within) / typical)),
    people: several.length,
    pictures: several.reduce((sum, group) => sum + group.length, 0),
  };
}

/** Median, and the 5 % and 95 % quantiles, of a ratio whose logarithms these are. */
export function describe(logarithms: readonly number[]): string {
  const sorted = logarithms.toSorted((a, b) => a - b);
  const at = (part: number) =>
    Math.exp(sorted[Math.round(part * (sorted.length - 1))] ?? Number.NaN).toFixed(3);
  return `median ${at(0.5)}, 5 % ${at(0.05)}, 95 % ${at(0.95)}`;
}

/** Quantile of the chi-square distribution at a standard normal quantile (Wilson and Hilferty, 1931). */
function chiSquare(freedom: number, normal: number): number {
  return freedom * (1 - 2 / (9 * freedom) + normal * Math.sqrt(2 / (9 * freedom))) ** 3;
}

function squares(group: readonly number[]): number {
  const middle = mean(group);
  return group.reduce((sum, value) => sum + (value - middle) ** 2, 0);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
