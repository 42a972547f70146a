import { LimenError } from '../../core/errors.ts';

/**
 * Rows of a CSV file as objects by column name. Quotes keep commas together, a doubled quote stands for itself, lines
 * may end either way; empty lines are left out.
 * @throws LimenError `usage` when one of the `columns` needed is not there
 */
export function parseCsv<C extends string>(
  text: string,
  columns: readonly C[],
  source: string,
): Record<C, string>[] {
  const [header = '', ...lines] = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .filter((line) => line !== '');
  const names = cells(header);
  const missing = columns.filter((column) => !names.includes(column));
  if (missing.length > 0) {
    throw new LimenError(
      'usage',
      `${source} has no column ${missing.join(', ')}; it has ${names.join(', ')}`,
    );
  }
  return lines.map((line) => {
    const row = cells(line);
    const entries = columns.map((column) => [column, row[names.indexOf(column)] ?? '']);
    return Object.fromEntries(entries) as Record<C, string>;
  });
}

function cells(line: string): string[] {
  const found: string[] = [];
  let cell = '';
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const character = line[i] as string;
    if (character === '"' && quoted && line[i + 1] === '"') {
      cell += '"';
      i++;
    } else if (character === '"') quoted = !quoted;
    else if (character === ',' && !quoted) {
      found.push(cell);
      cell = '';
    } else cell += character;
  }
  return [...found, cell];
}
