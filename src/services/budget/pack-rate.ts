import type { PackThresholds } from '../../core/model-pack.ts';

/**
 * The pack's false match rate at `threshold`: log-linear through the rates that it was measured at, and on beyond them.
 * Undefined when the manifest holds fewer than two.
 */
export function falseMatchRate(measured: PackThresholds['atFmr'], threshold: number): number | undefined {
  const points = [...(measured ?? [])].sort((a, b) => a.cosine - b.cosine);
  const above = points.findIndex(({ cosine }) => cosine >= threshold);
  const i = above === -1 ? points.length - 1 : Math.max(1, above);
  const [low, high] = [points[i - 1], points[i]];
  if (low === undefined || high === undefined || !(high.cosine > low.cosine)) return undefined;
  const part = (threshold - low.cosine) / (high.cosine - low.cosine);
  const rate = Math.exp(Math.log(low.fmr) + part * (Math.log(high.fmr) - Math.log(low.fmr)));
  return Math.min(1, rate);
}
