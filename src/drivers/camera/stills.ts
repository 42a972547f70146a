import type { Camera } from '../../core/ports/camera.ts';
import { type CameraDeps, FIRST_FRAME_MS, SILENCE_MS, sizeOptions } from './camera-deps.ts';
import { type CameraUri, localPath } from './camera-uri.ts';
import { FeedCamera } from './feed-camera.ts';
import { StillsFeed } from './stills-feed.ts';
import { UriOptions } from './uri-options.ts';

const DEFAULT_INTERVAL_MS = 500;

/**
 * `stills:///folder?intervalMs=500&loop=0&realtime=1&width=&height=`: the pictures of a folder. `realtime=0` is
 * lossless: each picture waits for the reader and its time is its number × `intervalMs`.
 */
export function stillsCamera(uri: CameraUri, deps: CameraDeps): Camera {
  const options = new UriOptions(uri.shown, uri.query);
  const intervalMs = options.integer('intervalMs', 1, 600_000) ?? DEFAULT_INTERVAL_MS;
  const loop = options.flag('loop') ?? false;
  const realtime = options.flag('realtime') ?? true;
  const size = sizeOptions(options);
  options.done();
  const folder = localPath(uri);
  const maxSidePx = Math.min(size.maxWidthPx, size.maxHeightPx);
  return new FeedCamera(
    {
      uri: uri.shown,
      pacing: realtime ? 'live' : 'lossless',
      recorded: true,
      clock: deps.clock,
      silenceMs: intervalMs + SILENCE_MS,
      firstFrameMs: FIRST_FRAME_MS,
    },
    () => new StillsFeed({ folder, intervalMs, loop, realtime, maxSidePx }, deps),
  );
}
