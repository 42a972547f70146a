import type { Config } from '../config/config.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { ClipDecoder, ImageDecoder, VideoDecoder } from '../core/ports/media.ts';
import { FfmpegClipDecoder } from '../drivers/media/clip-decoder.ts';
import { FfmpegVideoDecoder } from '../drivers/media/ffmpeg-frames.ts';
import { FfmpegProgram } from '../drivers/media/ffmpeg-program.ts';
import { SharpImageDecoder } from '../drivers/media/image-decoder.ts';

/** Everything that turns bytes into pixels. */
export interface MediaRoom {
  readonly images: ImageDecoder;
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
    video: new FfmpegVideoDecoder(program),
    clips: new FfmpegClipDecoder({ program, clock, runtimeDir, maxBytes: maxVideoBytes }),
    runtimeDir,
  };
}
