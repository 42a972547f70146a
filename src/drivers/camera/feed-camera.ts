import type { Camera, CameraStream } from '../../core/ports/camera.ts';
import type { FrameFeed } from '../../core/ports/media.ts';
import { FrameStream, type FrameStreamOptions } from './frame-stream.ts';

/** A camera over any feed: every scheme is this class with its own feed, silence and pacing. */
export class FeedCamera implements Camera {
  readonly uri: string;
  readonly pacing: Camera['pacing'];
  readonly recorded?: true;
  readonly #options: FrameStreamOptions;
  readonly #openFeed: () => FrameFeed;

  constructor(options: FrameStreamOptions & Pick<Camera, 'recorded'>, openFeed: () => FrameFeed) {
    this.uri = options.uri;
    this.pacing = options.pacing;
    if (options.recorded) this.recorded = true;
    this.#options = options;
    this.#openFeed = openFeed;
  }

  async open(signal: AbortSignal): Promise<CameraStream> {
    signal.throwIfAborted();
    const stream = new FrameStream(this.#openFeed(), this.#options);
    await stream.begin(signal);
    return stream;
  }
}
