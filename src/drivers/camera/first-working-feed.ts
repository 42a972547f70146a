import { LimenError } from '../../core/errors.ts';
import type { FrameFeed, VideoFrame } from '../../core/ports/media.ts';

/** One way to the pictures, and the errors after which the next way is worth trying. */
export interface FeedAttempt {
  readonly name: string;
  readonly open: () => FrameFeed;
  readonly goOnAfter: readonly LimenError['code'][];
}

/** Tries feeds in order until one gives a picture, then stays with it. */
export class FirstWorkingFeed implements FrameFeed {
  readonly #attempts: readonly FeedAttempt[];
  #feed: FrameFeed | undefined;
  #started = false;
  #closed = false;

  constructor(attempts: readonly FeedAttempt[]) {
    this.#attempts = attempts;
  }

  async next(): Promise<VideoFrame | null> {
    if (this.#closed) return null;
    if (this.#started) return (await this.#feed?.next()) ?? null;
    const failures: string[] = [];
    for (const attempt of this.#attempts) {
      this.#feed = attempt.open();
      try {
        const frame = await this.#feed.next();
        this.#started = true;
        return frame;
      } catch (cause) {
        await this.#feed.close();
        if (!(cause instanceof LimenError) || !attempt.goOnAfter.includes(cause.code)) throw cause;
        failures.push(`${attempt.name}: ${cause.message}`);
      }
      if (this.#closed) return null;
    }
    throw new LimenError('camera_unavailable', failures.join('; '));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#feed?.close();
  }
}
