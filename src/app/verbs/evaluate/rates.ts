import type { CountedRate, RateWithBounds } from '../../../services/evaluation/bounds.ts';

export const NONE = '–';

export function percent(rate: number | null | undefined, digits = 2): string {
  return rate == null || !Number.isFinite(rate) ? NONE : (rate * 100).toFixed(digits);
}

/** `98.33 (96.20–99.30)`, per cent with the 95 % bounds. */
export function bounded(rate: RateWithBounds | null | undefined): string {
  return rate == null ? NONE : `${percent(rate.rate)} (${percent(rate.low)}–${percent(rate.high)})`;
}

/** `0.00 (0.00–2.10), 0 of 180`. */
export function countedText(rate: CountedRate | null | undefined): string {
  return rate == null ? NONE : `${bounded(rate)}, ${rate.hits} of ${rate.trials}`;
}
