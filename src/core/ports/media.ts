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

/** Pictures for somebody to look at. */
export interface ImageEncoder {
  /** A JPEG without any metadata. */
  encodeJpeg(image: RgbImage): Promise<Uint8Array>;
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

/** Where moving pictures come from, as the camera's URI said it; the decoder turns it into its own options. */
export type VideoInput =
  | {
      readonly kind: 'file';
      readonly path: string;
      /** Starts again at the end, for ever; the times of the frames go on counting. */
      readonly loop: boolean;
      /** Delivers at the file's own pace instead of as fast as frames are taken. */
      readonly realtime: boolean;
    }
  | {
      readonly kind: 'v4l2';
      readonly device: string;
      /** What the device is asked for; it may give another size or rate. */
      readonly width?: number;
      readonly height?: number;
      readonly fps?: number;
      /** The device's pixel format as ffmpeg names it, for instance `mjpeg` or `yuyv422`. */
      readonly format?: string;
    }
  | {
      readonly kind: 'rtsp';
      /** With credentials where the camera wants them. They reach no log and no error. */
      readonly url: string;
      /** A network read that takes longer than this ends the stream, ms. */
      readonly timeoutMs: number;
    };

export interface VideoOptions {
  /** Frames are made to fit inside, aspect kept, never enlarged, px. */
  readonly maxWidthPx: number;
  readonly maxHeightPx: number;
}

/** One picture of a moving source, upright, with square pixels. */
export interface VideoFrame extends RgbImage {
  /** Presentation time, seconds from the start of the source. Absent where the source has no such time. */
  readonly atS?: number;
}

/**
 * The frames of one opened source, in order, none left out; the source waits for the reader. Pixels belong to
 * whoever received the frame.
 */
export interface FrameFeed {
  /**
   * The next frame; `null` at the end of the source and after `close`. One caller at a time.
   * @throws LimenError `camera_lost` when the source broke, `camera_unavailable` | `camera_format` |
   *   `ffmpeg_missing` when it never gave a frame
   */
  next(): Promise<VideoFrame | null>;
  /** Ends whatever delivers and waits until it is gone. Idempotent, bounded, legal while `next` waits. */
  close(): Promise<void>;
}

/** Opens moving pictures. Nothing runs before the first `next`, or after `close`. */
export interface VideoDecoder {
  open(input: VideoInput, options: VideoOptions): FrameFeed;
}
