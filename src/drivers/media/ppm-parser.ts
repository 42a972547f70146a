import type { RgbImage } from '../../core/image.ts';

/** `P6\n16384 16384\n255\n` and no more: anything longer is no header of ours. */
const MAX_HEADER_BYTES = 24;
const NEWLINE = 10;

/**
 * Cuts a stream of binary PPM pictures into images at their exact boundaries, however the stream was chopped.
 * Every image gets memory of its own, which is never touched again once it was handed out.
 */
export class PpmParser {
  readonly #maxPixels: number;
  #header = '';
  #image: RgbImage | undefined;
  #filled = 0;

  constructor(maxPixels: number) {
    this.#maxPixels = maxPixels;
  }

  /** Whether the stream stopped between two pictures. */
  get atBoundary(): boolean {
    return this.#image === undefined && this.#header === '';
  }

  /**
   * Takes bytes from `chunk`, from `offset` on, up to the end of the current picture.
   * @returns how far it read, and the picture when it is complete
   * @throws RangeError when the stream is not PPM, or larger than allowed
   */
  take(chunk: Uint8Array, offset: number): { offset: number; image?: RgbImage } {
    let at = offset;
    while (this.#image === undefined) {
      if (at === chunk.length) return { offset: at };
      this.#takeHeaderByte(chunk[at++] as number);
    }
    const image = this.#image;
    const part = chunk.subarray(at, at + image.data.length - this.#filled);
    image.data.set(part, this.#filled);
    this.#filled += part.length;
    if (this.#filled < image.data.length) return { offset: at + part.length };
    this.#image = undefined;
    return { offset: at + part.length, image };
  }

  #takeHeaderByte(byte: number): void {
    this.#header += String.fromCharCode(byte);
    if (byte === NEWLINE && this.#header.split('\n').length === 4) {
      this.#image = this.#allocate(/^P6\n(\d{1,5}) (\d{1,5})\n255\n$/.exec(this.#header));
      this.#header = '';
      this.#filled = 0;
    } else if (this.#header.length > MAX_HEADER_BYTES) {
      throw new RangeError('the decoder gave something other than pictures');
    }
  }

  #allocate(found: RegExpExecArray | null): RgbImage {
    const [width, height] = [Number(found?.[1] ?? 0), Number(found?.[2] ?? 0)];
    const pixels = width * height;
    if (pixels === 0 || pixels > this.#maxPixels) {
      throw new RangeError(`the decoder gave a picture of ${width} × ${height}`);
    }
    // Not zeroed and not from the shared pool: filled completely before anyone sees it.
    return { width, height, data: Buffer.allocUnsafeSlow(pixels * 3) };
  }
}
