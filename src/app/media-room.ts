import type { Config } from '../config/config.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { ImageDecoder, VideoDecoder } from '../core/ports/media.ts';
import { FfmpegVideoDecoder } from '../drivers/media/ffmpeg-frames.ts';
import { FfmpegProgram } from '../drivers/media/ffmpeg-program.ts';
import { SharpImageDecoder } from '../drivers/media/image-decoder.ts';

/** Everything that turns bytes into pixels. */
export interface MediaRoom {
  readonly images: ImageDecoder;
  readonly video: VideoDecoder;
  readonly runtimeDir: string;
}

export function mediaRoom(parts: { config: Config; clock: Clock; runtimeDir: string }): MediaRoom {
  const ffmpeg = new FfmpegProgram({ clock: parts.clock });
  return {
    images: new SharpImageDecoder({ maxBytes: parts.config.http.maxImageBytes }),
    video: new FfmpegVideoDecoder(ffmpeg),
    runtimeDir: parts.runtimeDir,
  };
}
