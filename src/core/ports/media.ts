import type { RgbImage } from '../image.ts';

export interface DecodedImage extends RgbImage {
  readonly format: 'jpeg' | 'png' | 'webp' | 'avif';
  /** 35 mm-equivalent focal length from EXIF, mm, when the picture carries one. */
  readonly focalLength35mm?: number;
}

export interface DecodeOptions {
  /** Shrinks the picture, while decoding where the format allows, so that its longer side is at most this, px. */
  readonly maxSidePx?: number;
}

export type ImageRefusal =
  | 'empty'
  | 'unsupported_format'
  | 'too_many_bytes'
  | 'too_many_pixels'
  | 'unreadable';

export type DecodeResult =
  | { readonly ok: true; readonly image: DecodedImage }
  | { readonly ok: false; readonly refusal: ImageRefusal; readonly detail: string };

/**
 * Pictures from outside. The header is inspected before a pixel is decoded; only JPEG, PNG, WebP and AVIF are
 * accepted; EXIF orientation is applied; nothing touches the disk.
 */
export interface ImageDecoder {
  decode(bytes: Uint8Array, options?: DecodeOptions): Promise<DecodeResult>;
}

export type ClipRefusal =
  | 'empty'
  | 'too_many_bytes'
  | 'too_long'
  | 'too_many_pixels'
  | 'unreadable'
  | 'no_ffmpeg';

export type ClipResult =
  | { readonly ok: true; readonly frames: readonly (RgbImage & { readonly atS: number })[] }
  | { readonly ok: false; readonly refusal: ClipRefusal; readonly detail: string };

/** Short clips from outside (mp4, mov, webm, mkv), decoded to at most `maxFrames` evenly spaced frames. */
export interface ClipDecoder {
  decode(
    bytes: Uint8Array,
    options: { readonly maxFrames: number; readonly signal?: AbortSignal },
  ): Promise<ClipResult>;
}
