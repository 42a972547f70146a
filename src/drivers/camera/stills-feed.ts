import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { LimenError } from '../../core/errors.ts';
import { type Clock, delay } from '../../core/ports/clock.ts';
import type { Log } from '../../core/ports/log.ts';
import type { FrameFeed, ImageDecoder, VideoFrame } from '../../core/ports/media.ts';

/** Larger files are not read at all: the decoder would refuse them (`contract.md`: 10 MB). */
const MAX_FILE_BYTES = 32_000_000;
const naturalOrder = new Intl.Collator('en', { numeric: true });

export interface StillsOptions {
  readonly folder: string;
  readonly intervalMs: number;
  readonly loop: boolean;
  /** False: as fast as they are taken. */
  readonly realtime: boolean;
  readonly maxSidePx: number;
}

/**
 * The pictures of a folder, in natural order (`2.jpg` before `10.jpg`), `intervalMs` apart. The folder is listed
 * anew in every round. What cannot be decoded is skipped and reported by name; a round without a single picture is
 * an error, so that an empty folder never looks like an empty room.
 */
export class StillsFeed implements FrameFeed {
  readonly #options: StillsOptions;
  readonly #images: ImageDecoder;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #closing = new AbortController();
  /** Names already reported, so that a looping folder tells each once; no larger than the folder. */
  #reported = new Set<string>();
  #names: string[] = [];
  #shownInRound = 0;
  #rounds = 0;
  #count = 0;
  #startedMs = 0;

  constructor(options: StillsOptions, deps: { images: ImageDecoder; clock: Clock; log: Log }) {
    this.#options = options;
    this.#images = deps.images;
    this.#clock = deps.clock;
    this.#log = deps.log;
  }

  async next(): Promise<VideoFrame | null> {
    const { signal } = this.#closing;
    try {
      const picture = await this.#nextPicture(signal);
      if (picture === null || signal.aborted) return null;
      const atMs = this.#count++ * this.#options.intervalMs;
      if (this.#options.realtime) await this.#pace(atMs, signal);
      const { width, height, data } = picture;
      return { width, height, data, atS: atMs / 1000 };
    } catch (cause) {
      if (signal.aborted) return null;
      throw cause;
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
  }

  async #pace(atMs: number, signal: AbortSignal): Promise<void> {
    if (atMs === 0) this.#startedMs = this.#clock.nowMs();
    const waitMs = this.#startedMs + atMs - this.#clock.nowMs();
    if (waitMs > 0) await delay(this.#clock, waitMs, signal);
  }

  async #nextPicture(signal: AbortSignal): Promise<VideoFrame | null> {
    while (!signal.aborted) {
      const name = this.#names.shift();
      if (name !== undefined) {
        const picture = await this.#decode(name);
        if (picture === null) continue;
        this.#shownInRound++;
        return picture;
      }
      if (this.#rounds > 0 && this.#shownInRound === 0) {
        throw new LimenError(
          'camera_unavailable',
          `no picture in the folder ${this.#options.folder} can be shown`,
        );
      }
      if (this.#rounds > 0 && !this.#options.loop) return null;
      this.#rounds++;
      this.#shownInRound = 0;
      this.#names = await this.#list();
      this.#reported = new Set(this.#names.filter((known) => this.#reported.has(known)));
    }
    return null;
  }

  async #list(): Promise<string[]> {
    const { folder } = this.#options;
    try {
      const entries = await readdir(folder);
      return entries.filter((name) => !name.startsWith('.')).sort(naturalOrder.compare);
    } catch (cause) {
      throw new LimenError('camera_unavailable', `the folder ${folder} cannot be read`, { cause });
    }
  }

  async #decode(name: string): Promise<VideoFrame | null> {
    const path = join(this.#options.folder, name);
    const skip = (reason: string) => {
      if (this.#reported.has(name)) return null;
      this.#reported.add(name);
      this.#log.warn({ picture: basename(path), reason }, 'picture skipped');
      return null;
    };
    try {
      const found = await stat(path);
      if (found.isDirectory()) return null;
      if (!found.isFile() || found.size > MAX_FILE_BYTES)
        return skip(`not a picture file, ${found.size} bytes`);
      const result = await this.#images.decode(await readFile(path), { maxSidePx: this.#options.maxSidePx });
      return result.ok ? result.image : skip(`${result.refusal}: ${result.detail}`);
    } catch (cause) {
      return skip(cause instanceof Error ? cause.message : String(cause));
    }
  }
}
