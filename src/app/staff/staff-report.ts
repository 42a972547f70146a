import { CSV_START, csvLine } from '../../api/cli/csv-line.ts';
import { formatTable } from '../../api/cli/table.ts';
import { formatPersonRef } from '../../core/person.ts';
import type { StaffRow } from './enrol-staff.ts';

export interface StaffCounts {
  readonly pictures: number;
  readonly enrolled: number;
  readonly alreadyEnrolled: number;
  readonly refused: number;
}

export function countRows(rows: readonly StaffRow[]): StaffCounts {
  const of = (result: StaffRow['result']) => rows.filter((row) => row.result === result).length;
  return {
    pictures: rows.length,
    enrolled: of('enrolled'),
    alreadyEnrolled: of('already_enrolled'),
    refused: of('refused'),
  };
}

/** What needs somebody's attention as a table, then the sum. */
export function staffReport(rows: readonly StaffRow[], options: { dryRun: boolean }): string {
  const refused = rows.filter(({ result }) => result === 'refused');
  const table = formatTable(
    ['picture', 'person', 'not enrolled because', 'what to do'],
    refused.map(({ file, person, message, advice }) => [
      file,
      person && formatPersonRef(person),
      message,
      advice,
    ]),
  );
  const { pictures, enrolled, alreadyEnrolled } = countRows(rows);
  const done = options.dryRun ? 'would be enrolled' : 'enrolled';
  const sum = `${pictures} pictures: ${enrolled} ${done}, ${alreadyEnrolled} of people who are there already, ${refused.length} refused`;
  return `${refused.length > 0 ? `${table}\n` : ''}${sum}\n`;
}

/** Every picture, for a spreadsheet. */
export function staffCsv(rows: readonly StaffRow[]): string {
  const heading = csvLine(['file', 'gallery', 'id', 'result', 'code', 'message', 'advice']);
  const lines = rows.map(({ file, person, result, code, message, advice }) =>
    csvLine([file, person?.gallery, person?.id, result, code, message, advice]),
  );
  return CSV_START + heading + lines.join('');
}
