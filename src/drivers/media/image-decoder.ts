import type {
  DecodedImage,
  DecodeOptions,
  DecodeResult,
  ImageDecoder,
  ImageRefusal,
} from '../../core/ports/media.ts';
import { focalLength35mm } from './exif.ts';
import { pngClaims, sniffImage } from './image-format.ts';
import { sharp } from './sharp.ts';

/** `contract.md`: pictures of at most 10 MB and 25 megapixels. */
const DEFAULT_MAX_BYTES = 10_000_000;
const DEFAULT_MAX_PIXELS = 25_000_000;
/** A 25 megapixel picture decodes in about a second on one slow core. */
const DEFAULT_TIMEOUT_S = 20;

/**
 * Transparent pixels become white: what cut-out portraits are made to be shown on, and what identity photographs
 * have behind the head, so the edge of the hair looks as detectors and embedders saw it in training.
 */
const BACKGROUND = '#ffffff';

/**
 * `ImageDecoder` over libvips. Every accepted picture comes out as upright 8-bit sRGB, whatever it was (grey, CMYK,
 * palette, 16 bits, alpha, embedded profile). Animations give their first frame. Bytes after the end of the picture
 * are ignored; any damage inside it is refused, since half a face could match as well as a whole one.
 */
export class SharpImageDecoder implements ImageDecoder {
  readonly #maxBytes: number;
  readonly #maxPixels: number;
  readonly #timeoutS: number;

  constructor(options: { maxBytes?: number; maxPixels?: number; timeoutS?: number } = {}) {
    this.#maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
    this.#maxPixels = options.maxPixels ?? DEFAULT_MAX_PIXELS;
    this.#timeoutS = options.timeoutS ?? DEFAULT_TIMEOUT_S;
  }

  async decode(bytes: Uint8Array, options: DecodeOptions = {}): Promise<DecodeResult> {
    if (bytes.length === 0) return refuse('empty', 'the picture is empty');
    if (bytes.length > this.#maxBytes) {
      return refuse('too_many_bytes', `${bytes.length} bytes, at most ${this.#maxBytes} are accepted`);
    }
    const sniffed = sniffImage(bytes);
    if (!sniffed.accepted) return refuse('unsupported_format', sniffed.detail);
    const claims = sniffed.format === 'png' ? pngClaims(bytes) : undefined;
    if (claims !== undefined && claims.width * claims.height > this.#maxPixels) {
      return this.#tooManyPixels(claims.width, claims.height);
    }
    try {
      return await this.#decodeKnown(bytes, sniffed.format, options);
    } catch (cause) {
      // sharp throws for every kind of damage: here that is an answer, not a fault.
      return refuse('unreadable', firstLine(cause));
    }
  }

  async #decodeKnown(
    bytes: Uint8Array,
    format: DecodedImage['format'],
    options: DecodeOptions,
  ): Promise<DecodeResult> {
    const header = await sharp(bytes, { limitInputPixels: false, failOn: 'warning' }).metadata();
    if (header.width * header.height > this.#maxPixels) {
      return this.#tooManyPixels(header.width, header.height);
    }
    // The container of AVIF also carries HEVC, whatever its brands say.
    if (format === 'avif' && header.compression !== 'av1') {
      return refuse('unsupported_format', 'HEIC is not accepted: send JPEG');
    }
    const upright = sharp(bytes, { limitInputPixels: this.#maxPixels, failOn: 'warning' })
      .timeout({ seconds: this.#timeoutS })
      .autoOrient();
    if (options.maxSidePx !== undefined) {
      const side = Math.max(1, Math.floor(options.maxSidePx));
      upright.resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true });
    }
    const { data, info } = await upright
      .flatten({ background: BACKGROUND })
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 3) return refuse('unreadable', `decoded to ${info.channels} channels instead of 3`);
    const focal = header.exif === undefined ? undefined : focalLength35mm(header.exif);
    const image = { format, width: info.width, height: info.height, data };
    return { ok: true, image: focal === undefined ? image : { ...image, focalLength35mm: focal } };
  }

  #tooManyPixels(width: number, height: number): DecodeResult {
    return refuse('too_many_pixels', `${width} × ${height}, at most ${this.#maxPixels} pixels are accepted`);
  }
}

function refuse(refusal: ImageRefusal, detail: string): DecodeResult {
  return { ok: false, refusal, detail };
}

/** libvips repeats itself over several lines; the first says enough. */
function firstLine(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return (message.split('\n')[0] as string).slice(0, 200);
}
