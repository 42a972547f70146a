import { LimenError } from '../../core/errors.ts';
import type { Camera } from '../../core/ports/camera.ts';
import { type CameraDeps, FIRST_FRAME_MS, SILENCE_MS, silenceOption, sizeOptions } from './camera-deps.ts';
import type { CameraUri } from './camera-uri.ts';
import { FeedCamera } from './feed-camera.ts';
import { UriOptions } from './uri-options.ts';

/**
 * `rtsp://user:password@host:554/path?query` or `rtsps://…`, over TCP. The query belongs to the camera (many select
 * channel and stream there), so options of ours follow a `#`: `…#width=1280&silenceMs=3000`. The certificate of an
 * `rtsps:` camera is not checked: those that have one sign it themselves.
 */
export function rtspCamera(uri: CameraUri, deps: CameraDeps): Camera {
  if (/\/\/[^@/?#]*[/?#].*@/.test(uri.raw) || uri.fragment.includes('@')) {
    // Else half a password would be taken for the path, a query or an option, and quoted in an error.
    throw new LimenError(
      'uri_invalid',
      `${uri.shown}: write / ? # @ in a password, and @ in a path, as %2F %3F %23 %40`,
    );
  }
  const options = new UriOptions(uri.shown, uri.fragment);
  const size = sizeOptions(options);
  const silenceMs = silenceOption(options, SILENCE_MS);
  options.done();
  const url = uri.raw.split('#', 1)[0] as string;
  if (!URL.canParse(url) || !/^rtsps?:\/\/[^/?#]+/i.test(url) || /[\s\0]/.test(url)) {
    throw new LimenError(
      'uri_invalid',
      `${uri.shown}: write ${uri.scheme}://[user:password@]host[:port]/path`,
    );
  }
  return new FeedCamera(
    { uri: uri.shown, pacing: 'live', clock: deps.clock, silenceMs, firstFrameMs: FIRST_FRAME_MS },
    // ffmpeg's own limit only covers a child that outlives its daemon; silence is judged by the stream.
    () => deps.video.open({ kind: 'rtsp', url, timeoutMs: Math.max(silenceMs, FIRST_FRAME_MS) }, size),
  );
}
