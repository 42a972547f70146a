import type { Output } from './output.ts';
import { printable } from './table.ts';

interface Shown {
  readonly check: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  readonly fix?: string;
}

const COLOUR = { ok: 32, warn: 33, fail: 31 } as const;
const CHECK_COLUMN = 16;

/** One line for each, and below it what to do; the word is coloured where a person looks on. */
export function formatFindings(findings: readonly Shown[], output: Pick<Output, 'isTerminal'>): string {
  return findings
    .map(({ check, status, detail, fix }) => {
      const word = status.padEnd(4);
      const shown = output.isTerminal ? `\u001b[${COLOUR[status]}m${word}\u001b[0m` : word;
      const lines = [`${shown}  ${printable(check).padEnd(CHECK_COLUMN)}  ${printable(detail)}`];
      if (fix !== undefined) lines.push(`${' '.repeat(CHECK_COLUMN + 8)}→ ${printable(fix)}`);
      return `${lines.join('\n')}\n`;
    })
    .join('');
}
