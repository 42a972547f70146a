/** What a terminal would obey instead of show: names come from outside. */
const CONTROL = /[\p{Cc}\p{Cf}]/gu;

/** `text` with everything that a terminal would obey made visible. */
export function printable(text: string): string {
  return text.replace(CONTROL, '\uFFFD');
}

/** Columns aligned on their widest cell, two spaces apart; numbers to the right. Ends with a newline. */
export function formatTable(
  headings: readonly string[],
  rows: readonly (readonly (string | number | undefined)[])[],
): string {
  const cells = [headings, ...rows].map((row) =>
    headings.map((_, column) => printable(String(row[column] ?? ''))),
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
