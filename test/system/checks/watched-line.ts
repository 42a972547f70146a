import { closeSync, openSync, readSync } from 'node:fs';

/** The level of one line in the course of a pulse, read from the simulated chip. */
export class WatchedLine {
  readonly #path: string;
  readonly #fd: number;
  readonly #text = Buffer.alloc(2);
  #lastLowMs = performance.now();
  #lastHighMs = 0;
  roseAtMs: number | undefined;
  fellAtMs: number | undefined;
  high = false;

  constructor(path: string) {
    this.#path = path;
    this.#fd = openSync(path, 'r');
    if (this.#read()) throw new Error(`${path} is energised before the pulse`);
  }

  look(): void {
    const before = performance.now();
    this.high = this.#read();
    if (this.high) {
      if (this.fellAtMs !== undefined) throw new Error(`${this.#path} is energised a second time`);
      this.roseAtMs ??= performance.now();
      this.#lastHighMs = before;
    } else if (this.roseAtMs === undefined) this.#lastLowMs = before;
    else this.fellAtMs ??= performance.now();
  }

  /** From the last low reading before to the first low reading after, ms: never less than the truth. */
  get energisedMs(): number {
    if (this.roseAtMs === undefined) return 0;
    return (this.fellAtMs ?? Number.POSITIVE_INFINITY) - this.#lastLowMs;
  }

  /** From the first high reading to the last, ms: never more than the truth. */
  get surelyEnergisedMs(): number {
    return this.roseAtMs === undefined ? 0 : Math.max(0, this.#lastHighMs - this.roseAtMs);
  }

  close(): void {
    closeSync(this.#fd);
  }

  #read(): boolean {
    return readSync(this.#fd, this.#text, 0, 2, 0) > 0 && this.#text[0] === 0x31;
  }
}
