import { LimenError } from '../../core/errors.ts';
import type { Camera } from '../../core/ports/camera.ts';
import { type CameraDeps, FIRST_FRAME_MS, silenceOption } from './camera-deps.ts';
import { type CameraUri, localPath } from './camera-uri.ts';
import { FeedCamera } from './feed-camera.ts';
import { UriOptions } from './uri-options.ts';
import { WebcamFeed } from './webcam-feed.ts';

/** fswebcam starts anew for each picture: a second and more on small boards. */
const WEBCAM_SILENCE_MS = 20_000;
const DEFAULT_DEVICE = '/dev/video0';
/** node-webcam hands its words to a shell, so nothing else may stand in them. */
const SHELL_SAFE = /^[A-Za-z0-9_./:+-]+$/;

/**
 * `webcam:` or `webcam:///dev/video0?width=1280&height=720&intervalMs=1000`: node-webcam with fswebcam, one process
 * for each picture, for cameras that only it can read. Slow: a picture is a second old when it arrives.
 */
export function webcamCamera(uri: CameraUri, deps: CameraDeps): Camera {
  const options = new UriOptions(uri.shown, uri.query);
  const width = options.integer('width', 16, 4_096) ?? 1_280;
  const height = options.integer('height', 16, 4_096) ?? 720;
  const intervalMs = options.integer('intervalMs', 0, 600_000) ?? 0;
  const silenceMs = silenceOption(options, WEBCAM_SILENCE_MS) + intervalMs;
  options.done();
  const device = uri.body === '' ? DEFAULT_DEVICE : localPath(uri);
  for (const word of [device, deps.runtimeDir, deps.fswebcam ?? 'fswebcam']) {
    if (!SHELL_SAFE.test(word)) {
      throw new LimenError('uri_invalid', `${uri.shown}: webcam: takes no special characters, as in ${word}`);
    }
  }
  return new FeedCamera(
    {
      uri: uri.shown,
      pacing: 'live',
      clock: deps.clock,
      silenceMs,
      firstFrameMs: FIRST_FRAME_MS + WEBCAM_SILENCE_MS,
    },
    () => new WebcamFeed({ device, width, height, intervalMs, program: deps.fswebcam ?? 'fswebcam' }, deps),
  );
}
