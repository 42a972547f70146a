/** What a terminal would obey instead of show: names come from outside. */
const CONTROL = /[\p{Cc}\p{Cf}]/gu;

/** Columns aligned on their widest cell, two spaces apart; numbers to the right. Ends with a newline. */
export function formatTable(
  headings: readonly string[],
  rows: readonly (readonly (string | number | undefined)[])[],
): string {
  const cells = [headings, ...rows].map((row) =>
    headings.map((_, column) => String(row[column] ?? '').replace(CONTROL, '\uFFFD')),
  );
  const widths = headings.map((_, column) =>
    Math.max(...cells.map((row) => [...(row[column] ?? '')].length)),
  );
  const right = headings.map((_, column) => rows.some((row) => typeof row[column] === 'number'));
  const lines = cells.map((row) =>
    row
      .map((cell, column) => {
        const blank = ' '.repeat((widths[column] ?? 0) - [...cell].length);
        return right[column] ? blank + cell : cell + blank;
      })
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}
