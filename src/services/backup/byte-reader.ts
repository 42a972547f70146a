/** Takes exact numbers of bytes out of a stream. `ended` makes the error when it is over too early. */
export class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #ended: () => Error;
  #held: Buffer[] = [];
  #bytes = 0;

  constructor(source: AsyncIterable<Uint8Array>, ended: () => Error) {
    this.#source = source[Symbol.asyncIterator]();
    this.#ended = ended;
  }

  async take(length: number): Promise<Buffer> {
    while (this.#bytes < length) if (!(await this.#fill())) throw this.#ended();
    const held = this.#held.length === 1 ? (this.#held[0] as Buffer) : Buffer.concat(this.#held);
    this.#held = [held.subarray(length)];
    this.#bytes -= length;
    return held.subarray(0, length);
  }

  async atEnd(): Promise<boolean> {
    while (this.#bytes === 0) if (!(await this.#fill())) return true;
    return false;
  }

  /** Lets go of the source. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }

  async #fill(): Promise<boolean> {
    const next = await this.#source.next();
    if (next.done) return false;
    this.#held.push(Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength));
    this.#bytes += next.value.length;
    return true;
  }
}
