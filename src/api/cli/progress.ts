import type { Output } from './output.ts';

/** Longest line of progress before it is cut, so that it never wraps, characters. */
const MIN_COLUMNS = 20;

/**
 * How far some long work has come: one line that is rewritten where a person looks on, else a line for every
 * tenth. Writes are never waited for, and none is begun before the last has ended.
 */
export class Progress {
  readonly #output: Output;
  readonly #label: string;
  #shown = -1;
  #written: Promise<void> | undefined;

  constructor(output: Output, label: string) {
    this.#output = output;
    this.#label = label;
  }

  /** `part` of the whole is done, 0 … 1; `detail` says which step it is at. */
  update(part: number, detail = ''): void {
    const percent = Math.floor(Math.min(1, Math.max(0, part || 0)) * 100);
    const step = this.#output.isTerminal ? percent : percent - (percent % 10);
    if (step === this.#shown || this.#written !== undefined) return;
    this.#shown = step;
    this.#write(this.#line(step, detail));
  }

  /** Ends the line; call once, also after a failure. Waits until everything is written. */
  async end(detail = ''): Promise<void> {
    await this.#written;
    if (this.#output.isTerminal) await this.#output.write(`\r\u001b[2K`);
    if (detail !== '') await this.#output.line(`${this.#label}: ${detail}`);
  }

  #line(percent: number, detail: string): string {
    const text = `${this.#label}: ${percent} %${detail === '' ? '' : ` ${detail}`}`;
    if (!this.#output.isTerminal) return `${text}\n`;
    return `\r\u001b[2K${text.slice(0, Math.max(MIN_COLUMNS, this.#output.columns - 1))}`;
  }

  #write(text: string): void {
    this.#written = this.#output
      .write(text)
      .catch(() => {}) // progress is a courtesy; the work's own result says whether it succeeded
      .finally(() => {
        this.#written = undefined;
      });
  }
}
