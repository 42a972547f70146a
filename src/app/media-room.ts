import type { Config } from '../config/config.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { ClipDecoder, ImageDecoder, ImageEncoder, VideoDecoder } from '../core/ports/media.ts';
import { FfmpegClipDecoder } from '../drivers/media/clip-decoder.ts';
import { FfmpegVideoDecoder } from '../drivers/media/ffmpeg-frames.ts';
import { FfmpegProgram } from '../drivers/media/ffmpeg-program.ts';
import { SharpImageDecoder } from '../drivers/media/image-decoder.ts';
import { encodeJpeg } from '../drivers/media/image-edit.ts';

/** JPEG quality of what technicians look at: artefacts invisible at arm's length, a third of the size of 90. */
const VIEW_QUALITY = 75;

/** Everything that turns bytes into pixels, and pixels into bytes. */
export interface MediaRoom {
  readonly images: ImageDecoder;
  readonly encoder: ImageEncoder;
  readonly video: VideoDecoder;
  readonly clips: ClipDecoder;
  /** Where files without a name, and the pictures of `webcam:`, live for one reading. */
  readonly runtimeDir: string;
}

export function mediaRoom(parts: { config: Config; clock: Clock; runtimeDir: string }): MediaRoom {
  const { clock, runtimeDir } = parts;
  const { maxImageBytes, maxVideoBytes } = parts.config.http;
  const program = new FfmpegProgram({ clock });
  return {
    images: new SharpImageDecoder({ maxBytes: maxImageBytes }),
    encoder: { encodeJpeg: (image) => encodeJpeg(image, VIEW_QUALITY) },
    video: new FfmpegVideoDecoder(program),
    clips: new FfmpegClipDecoder({ program, clock, runtimeDir, maxBytes: maxVideoBytes }),
    runtimeDir,
  };
}
