import type { Camera } from '../../core/ports/camera.ts';
import type { FrameFeed, VideoDecoder, VideoOptions } from '../../core/ports/media.ts';
import { type CameraDeps, FIRST_FRAME_MS, SILENCE_MS, silenceOption } from './camera-deps.ts';
import { type CameraUri, localPath } from './camera-uri.ts';
import { FeedCamera } from './feed-camera.ts';
import { FirstWorkingFeed } from './first-working-feed.ts';
import { UriOptions } from './uri-options.ts';

/** Asked of the device when the URI does not say; drivers answer with the nearest they have. */
const DEFAULT_WIDTH_PX = 1_280;
const DEFAULT_HEIGHT_PX = 720;
const DEFAULT_FPS = 15;
const MAX_SIDE_PX = 4_096;

export interface V4l2Options {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly format?: string;
  readonly silenceMs: number;
}

/**
 * `v4l2:///dev/video0?width=1280&height=720&fps=15&format=mjpeg&silenceMs=3000`, or a stable path such as
 * `v4l2:///dev/v4l/by-id/usb-…-video-index0`. Without `format`, MJPEG where the device has it (raw video does not
 * fit through USB 2 at 1280 × 720), else what the driver offers.
 */
export function v4l2Camera(uri: CameraUri, deps: CameraDeps): Camera {
  const asked = v4l2Options(uri);
  const device = localPath(uri);
  return new FeedCamera(
    {
      uri: uri.shown,
      pacing: 'live',
      clock: deps.clock,
      silenceMs: asked.silenceMs,
      firstFrameMs: FIRST_FRAME_MS,
    },
    () => openDevice(deps.video, device, asked),
  );
}

/** @throws LimenError `uri_invalid` */
export function v4l2Options(uri: CameraUri): V4l2Options {
  const options = new UriOptions(uri.shown, uri.query);
  const width = options.integer('width', 16, MAX_SIDE_PX) ?? DEFAULT_WIDTH_PX;
  const height = options.integer('height', 16, MAX_SIDE_PX) ?? DEFAULT_HEIGHT_PX;
  const fps = options.integer('fps', 1, 240) ?? DEFAULT_FPS;
  const format = options.word('format');
  const silenceMs = silenceOption(options, SILENCE_MS);
  options.done();
  return format === undefined ? { width, height, fps, silenceMs } : { width, height, fps, format, silenceMs };
}

/** The device's frames, scaled down to what was asked where the driver gave more. */
export function openDevice(video: VideoDecoder, device: string, asked: V4l2Options): FrameFeed {
  const { width, height, fps } = asked;
  // Either way up: a camera on its side may give 720 × 1280.
  const side = Math.max(width, height);
  const size: VideoOptions = { maxWidthPx: side, maxHeightPx: side };
  const open = (format?: string) => {
    const input = { kind: 'v4l2', device, width, height, fps } as const;
    return video.open(format === undefined ? input : { ...input, format }, size);
  };
  if (asked.format !== undefined) return open(asked.format);
  return new FirstWorkingFeed([
    { name: 'mjpeg', open: () => open('mjpeg'), goOnAfter: ['camera_format'] },
    { name: 'any format', open: () => open(), goOnAfter: [] },
  ]);
}
