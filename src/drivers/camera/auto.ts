import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LimenError } from '../../core/errors.ts';
import type { Camera } from '../../core/ports/camera.ts';
import type { FrameFeed, VideoFrame } from '../../core/ports/media.ts';
import { type CameraDeps, FIRST_FRAME_MS } from './camera-deps.ts';
import type { CameraUri } from './camera-uri.ts';
import { FeedCamera } from './feed-camera.ts';
import { FirstWorkingFeed } from './first-working-feed.ts';
import { openDevice, v4l2Options } from './v4l2.ts';

const naturalOrder = new Intl.Collator('en', { numeric: true });

/**
 * `auto?width=&height=&fps=&format=&silenceMs=`: the first V4L2 device that gives a picture, those with a stable
 * name first. Devices are looked for at every opening. Where there is none it says so; it never shows anything else.
 */
export function autoCamera(uri: CameraUri, deps: CameraDeps): Camera {
  const asked = v4l2Options(uri);
  const root = deps.deviceRoot ?? '/dev';
  const open = async (): Promise<FrameFeed> => {
    const devices = await captureDevices(root);
    if (devices.length === 0) {
      throw new LimenError(
        'camera_unavailable',
        `no camera found: neither ${root}/v4l/by-id nor ${root}/video*`,
      );
    }
    return new FirstWorkingFeed(
      devices.map((device) => ({
        name: device,
        open: () => openDevice(deps.video, device, asked),
        goOnAfter: ['camera_unavailable', 'camera_format'],
      })),
    );
  };
  return new FeedCamera(
    {
      uri: uri.shown,
      pacing: 'live',
      clock: deps.clock,
      silenceMs: asked.silenceMs,
      firstFrameMs: FIRST_FRAME_MS,
    },
    () => new LateFeed(open),
  );
}

/**
 * Device paths in the order to try: stable names whose index is 0 (UVC cameras give metadata at the next index),
 * then the numbered ones.
 */
export async function captureDevices(root: string): Promise<string[]> {
  const list = async (folder: string, pattern: RegExp) => {
    const names = await readdir(folder).catch(() => [] as string[]);
    return names
      .filter((name) => pattern.test(name))
      .sort(naturalOrder.compare)
      .map((name) => join(folder, name));
  };
  const stable = await list(join(root, 'v4l/by-id'), /-video-index0$/);
  return stable.length > 0 ? stable : list(root, /^video\d+$/);
}

/** A feed that is found when it is first read. */
class LateFeed implements FrameFeed {
  readonly #open: () => Promise<FrameFeed>;
  #feed: Promise<FrameFeed> | undefined;
  #closed = false;

  constructor(open: () => Promise<FrameFeed>) {
    this.#open = open;
  }

  async next(): Promise<VideoFrame | null> {
    if (this.#closed) return null;
    this.#feed ??= this.#open();
    return (await this.#feed).next();
  }

  async close(): Promise<void> {
    this.#closed = true;
    const feed = await this.#feed?.catch(() => undefined);
    await feed?.close();
  }
}
