import { LimenError } from '../../core/errors.ts';

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

/**
 * An instant as people type it: `90m` back from `now`, a day in UTC (its beginning, or for `until` its end), or
 * RFC 3339. @throws LimenError `usage`
 */
export function timeBound(option: 'since' | 'until', text: string, now: Date): Date {
  const [, count, unit = ''] = /^(\d{1,6})([smhdw])$/.exec(text) ?? [];
  if (count !== undefined) return new Date(now.getTime() - Number(count) * (UNIT_MS[unit] as number));
  const day = /^\d{4}-\d\d-\d\d$/.test(text);
  const at = new Date(day ? `${text}T00:00:00Z` : text);
  const valid = !Number.isNaN(at.getTime()) && (!day || at.toISOString().startsWith(text));
  if (!valid || !(day || INSTANT.test(text))) {
    throw new LimenError(
      'usage',
      `--${option} ${text} is no time; write 2h, 2026-11-01 or 2026-11-01T08:00:00Z`,
    );
  }
  return day && option === 'until' ? new Date(at.getTime() + (UNIT_MS.d as number)) : at;
}
