import { parse } from 'csv-parse/sync';
import { LimenError } from '../../core/errors.ts';

export interface CsvRow<C extends string> {
  /** In the file, from 1; of a row over several lines, the last. */
  readonly line: number;
  /** What an optional column that is not there has in every row: ''. */
  readonly cells: Readonly<Record<C, string>>;
}

/** Spreadsheets of half the world separate by semicolons. */
const DELIMITERS = [',', ';', '\t'];

/**
 * The rows of a CSV file by column name, as spreadsheets write it: separated by commas, semicolons or tabs, told by the
 * first line; quoted cells may hold anything. Empty lines are left out, and so are columns that were not asked for.
 * @throws LimenError `usage` when a needed column is not there, a quote does not end, or the bytes were no UTF-8
 */
export function readCsv<C extends string, O extends string = never>(
  text: string,
  columns: { readonly needed: readonly C[]; readonly optional?: readonly O[] },
  source: string,
): CsvRow<C | O>[] {
  if (text.includes('\uFFFD')) {
    throw new LimenError('usage', `${source} is not UTF-8; save it as "CSV UTF-8"`);
  }
  const wanted: readonly (C | O)[] = [...columns.needed, ...(columns.optional ?? [])];
  return parsed(text, source).flatMap(({ record, line }, index, rows) => {
    const names = (rows[0]?.record ?? []).map((name) => name.trim());
    if (index === 0) {
      const missing = columns.needed.filter((column) => !names.includes(column));
      if (missing.length === 0) return [];
      throw new LimenError(
        'usage',
        `${source} has no column ${missing.join(', ')}; it has ${names.join(', ')}`,
      );
    }
    const entries = wanted.map((column) => [column, record[names.indexOf(column)] ?? '']);
    return [{ line, cells: Object.fromEntries(entries) as Record<C | O, string> }];
  });
}

/** The cells alone. @throws LimenError as `readCsv` */
export function parseCsv<C extends string>(
  text: string,
  columns: readonly C[],
  source: string,
): Readonly<Record<C, string>>[] {
  return readCsv(text, { needed: columns }, source).map(({ cells }) => cells);
}

function parsed(text: string, source: string): { record: string[]; line: number }[] {
  const [first = ''] = text.split('\n', 1);
  const count = (delimiter: string) => first.split(delimiter).length;
  const delimiter = DELIMITERS.reduce((most, other) => (count(other) > count(most) ? other : most));
  try {
    const rows = parse(text, {
      bom: true,
      delimiter,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
    }) as unknown as { record: string[]; info: { lines: number } }[];
    // a file of nothing has a heading without names
    return (rows.length === 0 ? [{ record: [''], info: { lines: 1 } }] : rows).map(({ record, info }) => ({
      record,
      line: info.lines,
    }));
  } catch (cause) {
    throw new LimenError('usage', `${source} is no CSV file: ${(cause as Error).message}`, { cause });
  }
}
