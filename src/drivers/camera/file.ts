import type { Camera } from '../../core/ports/camera.ts';
import { type CameraDeps, FIRST_FRAME_MS, silenceOption, sizeOptions } from './camera-deps.ts';
import { type CameraUri, localPath } from './camera-uri.ts';
import { FeedCamera } from './feed-camera.ts';
import { UriOptions } from './uri-options.ts';

/** Recordings with a variable rate may rest for long; a file that cannot be read fails at once anyway. */
const FILE_SILENCE_MS = 30_000;

/**
 * `file:///clip.mp4?loop=0&realtime=1&width=&height=&silenceMs=`: a recording. In real time it behaves like a
 * camera (newest frame wins, times of the clock); `realtime=0` is lossless, on the recording's own time.
 */
export function fileCamera(uri: CameraUri, deps: CameraDeps): Camera {
  const options = new UriOptions(uri.shown, uri.query);
  const loop = options.flag('loop') ?? false;
  const realtime = options.flag('realtime') ?? true;
  const size = sizeOptions(options);
  const silenceMs = silenceOption(options, FILE_SILENCE_MS);
  options.done();
  const path = localPath(uri);
  return new FeedCamera(
    {
      uri: uri.shown,
      pacing: realtime ? 'live' : 'lossless',
      recorded: true,
      clock: deps.clock,
      silenceMs,
      firstFrameMs: FIRST_FRAME_MS,
    },
    () => deps.video.open({ kind: 'file', path, loop, realtime }, size),
  );
}
