import { DAYS_PER_MONTH, falseOpensPerMonth } from '../../core/false-opens.ts';
import type { PackThresholds } from '../../core/model-pack.ts';
import { falseMatchRate } from './pack-rate.ts';
import { tailOf } from './score-tail.ts';
import { type StrangerDay, totalOf } from './stranger-log.ts';

export interface BudgetEstimate {
  /** Times a month that the door is expected to open for somebody it should not know. */
  readonly perMonth: number;
  /** What the figures leave open (95 %). */
  readonly upTo: number;
  /** `site`: from the scores of this door's strangers. `pack`: too few of them yet; from the pack's own false match rate. */
  readonly basis: 'site' | 'pack';
  readonly strangersPerMonth: number;
  readonly comparisonsPerMonth: number;
  /** Strangers in the last 30 days of running. */
  readonly strangers: number;
}

export interface BudgetContext {
  readonly threshold: number;
  readonly atFmr: PackThresholds['atFmr'];
  /** People compared with now. */
  readonly gallerySize: number;
}

/** Fewer strangers say nothing about their scores' tail. */
const MIN_STRANGERS = 30;
/** Shorter than this, a rate per month would be the accident of a few minutes, ms. */
const MIN_OBSERVED_MS = 3_600_000;
const DAY_MS = 86_400_000;

/**
 * Expected false opens a month. The best look of a visit stands for the visit, and neither votes nor margin are taken
 * off: errs upwards. With a gallery that has grown since, the chance grows in proportion. Undefined before anybody
 * was denied, or in the first hour.
 */
export function estimateOf(days: readonly StrangerDay[], context: BudgetContext): BudgetEstimate | undefined {
  const { observedMs, visits, looks, comparisons, scores } = totalOf(days);
  if (visits === 0 || looks === 0 || observedMs < MIN_OBSERVED_MS) return undefined;
  const months = observedMs / DAY_MS / DAYS_PER_MONTH;
  const common = {
    strangersPerMonth: visits / months,
    comparisonsPerMonth: comparisons / months,
    strangers: visits,
  };
  if (visits < MIN_STRANGERS) {
    const rate = falseMatchRate(context.atFmr, context.threshold);
    if (rate === undefined) return undefined;
    const perLook = 1 - (1 - rate) ** context.gallerySize;
    const traffic = {
      visitsPerDay: common.strangersPerMonth / DAYS_PER_MONTH,
      looksPerVisit: looks / visits,
    };
    const { likely, most } = falseOpensPerMonth(perLook, traffic);
    return { perMonth: likely, upTo: most, basis: 'pack', ...common };
  }
  const tail = tailOf(scores, context.threshold);
  if (tail === undefined) return undefined;
  const growth = Math.max(1, context.gallerySize / Math.max(1, comparisons / looks));
  const perMonth = (probability: number) => common.strangersPerMonth * Math.min(1, probability * growth);
  return { perMonth: perMonth(tail.probability), upTo: perMonth(tail.upTo), basis: 'site', ...common };
}
