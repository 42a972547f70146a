import { access, constants, mkdtemp, readFile, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import NodeWebcam from 'node-webcam';
import { LimenError } from '../../core/errors.ts';
import { type Clock, delay } from '../../core/ports/clock.ts';
import type { FrameFeed, ImageDecoder, VideoFrame } from '../../core/ports/media.ts';

/** node-webcam cannot end what it started, so `timeout` of coreutils does, s. */
const PICTURE_LIMIT_S = 10;

export interface WebcamOptions {
  /** Device and program hold no character that means something to a shell. */
  readonly device: string;
  readonly program: string;
  readonly width: number;
  readonly height: number;
  readonly intervalMs: number;
}

/** Pictures of node-webcam, each through a file of its own that is gone before the picture is handed out. */
export class WebcamFeed implements FrameFeed {
  readonly #options: WebcamOptions;
  readonly #images: ImageDecoder;
  readonly #clock: Clock;
  readonly #runtimeDir: string;
  readonly #closing = new AbortController();
  #folder: Promise<string> | undefined;
  #lastMs = Number.NEGATIVE_INFINITY;
  #shooting: Promise<unknown> = Promise.resolve();

  constructor(options: WebcamOptions, deps: { images: ImageDecoder; clock: Clock; runtimeDir: string }) {
    this.#options = options;
    this.#images = deps.images;
    this.#clock = deps.clock;
    this.#runtimeDir = deps.runtimeDir;
  }

  async next(): Promise<VideoFrame | null> {
    const { signal } = this.#closing;
    try {
      this.#folder ??= this.#prepare();
      const path = join(await this.#folder, 'picture.jpg');
      const waitMs = this.#lastMs + this.#options.intervalMs - this.#clock.nowMs();
      if (waitMs > 0) await delay(this.#clock, waitMs, signal);
      if (signal.aborted) return null;
      this.#lastMs = this.#clock.nowMs();
      const shooting = this.#shoot(path);
      this.#shooting = shooting.catch(() => {});
      await shooting;
      return signal.aborted ? null : await this.#take(path);
    } catch (cause) {
      if (signal.aborted) return null;
      throw cause;
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#shooting;
    const folder = await this.#folder?.catch(() => undefined);
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }

  async #prepare(): Promise<string> {
    const { program } = this.#options;
    if (!(await isProgram(program))) {
      const fix = 'install it (apt-get install fswebcam), or use v4l2:, which needs only ffmpeg';
      throw new LimenError('camera_unavailable', `webcam: needs the program ${program}: ${fix}`);
    }
    return mkdtemp(join(this.#runtimeDir, 'webcam-'));
  }

  #shoot(path: string): Promise<void> {
    const { device, width, height, program } = this.#options;
    const webcam = NodeWebcam.create({
      device,
      width,
      height,
      output: 'jpeg',
      quality: 90,
      saveShots: false,
    });
    // The program's name is the beginning of the shell line that node-webcam runs.
    Object.assign(webcam, { bin: `timeout -k 1 ${PICTURE_LIMIT_S} ${program}` });
    return new Promise((resolve, reject) => {
      webcam.capture(path, (cause) => {
        if (!cause) return resolve();
        const message =
          cause instanceof Error ? (cause.message.split('\n')[1] ?? cause.message) : String(cause);
        reject(new LimenError('camera_unavailable', `fswebcam failed: ${message}`, { cause }));
      });
    });
  }

  async #take(path: string): Promise<VideoFrame> {
    const bytes = await readFile(path).catch((cause) => {
      throw new LimenError('camera_unavailable', `fswebcam gave no picture of ${this.#options.device}`, {
        cause,
      });
    });
    await rm(path);
    const result = await this.#images.decode(bytes);
    if (!result.ok)
      throw new LimenError('camera_lost', `fswebcam's picture is ${result.refusal}: ${result.detail}`);
    const { width, height, data } = result.image;
    return { width, height, data };
  }
}

async function isProgram(name: string): Promise<boolean> {
  const folders = name.includes('/') ? [''] : (process.env.PATH ?? '').split(delimiter);
  for (const folder of folders) {
    const found = await access(join(folder, name), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return true;
  }
  return false;
}
