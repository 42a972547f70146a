const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;
/** RFC 3339, which unlike ISO 8601 always names the offset. */
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/i;

/**
 * RFC 3339 UTC of an instant, or of a day as people mean it: from its first moment (`start`), or through its last one
 * (`end`), in the time zone of this machine. Undefined for anything else.
 */
export function validityInstant(text: string, edge: 'start' | 'end'): string | undefined {
  if (INSTANT.test(text)) {
    const instant = new Date(text);
    return Number.isNaN(instant.getTime()) ? undefined : instant.toISOString();
  }
  const [, year, month, day] = (DAY.exec(text) ?? []).map(Number);
  if (year === undefined || month === undefined || day === undefined) return undefined;
  const first = new Date(year, month - 1, day);
  // 31 February is another day to JavaScript
  if (first.getMonth() !== month - 1 || first.getDate() !== day) return undefined;
  return (edge === 'start' ? first : new Date(year, month - 1, day + 1)).toISOString();
}
