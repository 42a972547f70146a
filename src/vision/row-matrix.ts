import { ROW_DOTS } from './row-dots.ts';

/** The kernel takes sixteen numbers at a time: shorter rows are filled up with zeros. */
const STEP = 16;
const PAGE_BYTES = 65_536;
/** A row and its scores stay in the processor's caches; 4 KiB of scores. */
const BLOCK_ROWS = 1_024;
/** Memory grows by an eighth: a gallery of 200 MB is never held twice, as doubling an array would. */
const GROWTH = 1.125;

type Dots = (vector: number, length: number, rows: number, count: number, scores: number) => void;

/**
 * Rows of numbers of one length in one block of memory, and the dot product of a vector with all of them by a small
 * WebAssembly kernel (`row-dots.wat`): some four times as fast as a loop over a Float32Array, where the memory's
 * speed is the limit. At most 4 GB.
 */
export class RowMatrix {
  readonly #length: number;
  readonly #stride: number;
  readonly #memory: WebAssembly.Memory;
  readonly #dots: Dots;
  readonly #firstRow: number;

  constructor(length: number) {
    this.#length = length;
    this.#stride = Math.ceil(length / STEP) * STEP;
    // the vector, the scores of a block, then the rows
    this.#firstRow = this.#stride + BLOCK_ROWS;
    this.#memory = new WebAssembly.Memory({ initial: Math.ceil((this.#firstRow * 4) / PAGE_BYTES) });
    const module = new WebAssembly.Module(Uint8Array.from(atob(ROW_DOTS), (c) => c.charCodeAt(0)));
    const instance = new WebAssembly.Instance(module, { memory: { rows: this.#memory } });
    this.#dots = instance.exports.dots as Dots;
  }

  /** @throws RangeError when `row` has another length, or 4 GB are full */
  set(index: number, row: Float32Array): void {
    if (row.length !== this.#length)
      throw new RangeError(`${row.length} numbers for a row of ${this.#length}`);
    this.#reserve(index + 1);
    this.#numbers().set(row, this.#at(index));
  }

  /** The row's numbers are gone from memory. */
  erase(index: number): void {
    this.#numbers().fill(0, this.#at(index), this.#at(index + 1));
  }

  /** Every row is gone from memory; what was reserved stays so. */
  clear(): void {
    this.#numbers().fill(0);
  }

  /**
   * Calls `visit` with the dot product of `vector` and each of the first `count` rows, in order. NaN in gives NaN out.
   * @throws RangeError as `set`
   */
  scan(vector: Float32Array, count: number, visit: (index: number, score: number) => void): void {
    this.#load(vector);
    for (let first = 0; first < count; first += BLOCK_ROWS) {
      const rows = Math.min(BLOCK_ROWS, count - first);
      const scores = this.#score(first, rows);
      for (let i = 0; i < rows; i++) visit(first + i, scores[i] as number);
    }
  }

  /** The same product for one row. */
  dot(vector: Float32Array, index: number): number {
    this.#load(vector);
    return this.#score(index, 1)[0] as number;
  }

  #load(vector: Float32Array): void {
    if (vector.length !== this.#length)
      throw new RangeError(`${vector.length} numbers against rows of ${this.#length}`);
    this.#numbers().set(vector);
  }

  #score(first: number, rows: number): Float32Array {
    this.#reserve(first + rows);
    this.#dots(0, this.#stride, this.#at(first) * 4, rows, this.#stride * 4);
    return this.#numbers().subarray(this.#stride, this.#stride + rows);
  }

  #at(index: number): number {
    return this.#firstRow + index * this.#stride;
  }

  #reserve(rows: number): void {
    const needed = this.#at(rows) * 4;
    const held = this.#memory.buffer.byteLength;
    if (needed <= held) return;
    this.#memory.grow(Math.ceil((Math.max(needed, held * GROWTH) - held) / PAGE_BYTES));
  }

  /** Growing replaces the buffer: a view is good until then. */
  #numbers(): Float32Array {
    return new Float32Array(this.#memory.buffer);
  }
}
