import { type ErrorCode, LimenError, toLimenError } from '../../core/errors.ts';
import type { RgbImage } from '../../core/image.ts';
import type {
  FrameFeed,
  VideoDecoder,
  VideoFrame,
  VideoInput,
  VideoOptions,
} from '../../core/ports/media.ts';
import { frameArguments, inputScript } from './ffmpeg-arguments.ts';
import type { ChildEnd, FfmpegChild } from './ffmpeg-child.ts';
import type { FfmpegProgram } from './ffmpeg-program.ts';
import { FrameTimes } from './frame-times.ts';
import { PpmParser } from './ppm-parser.ts';

/** What the V4L2 demuxer says when the device has no such format, as against no such device. */
const FORMAT_REFUSED =
  /Cannot find a proper format|VIDIOC_S_FMT|VIDIOC_S_PARM|Unknown pixel format|No such input format|Unknown input format/;

/** Opens cameras and clips with one ffmpeg child each, which decodes, turns upright, scales and converts to RGB. */
export class FfmpegVideoDecoder implements VideoDecoder {
  readonly #program: FfmpegProgram;

  constructor(program: FfmpegProgram) {
    this.#program = program;
  }

  open(input: VideoInput, options: VideoOptions): FfmpegFeed {
    const start = async () => {
      const version = await this.#program.version();
      const script = inputScript(input, version);
      const args = frameArguments(input, options, version);
      return this.#program.spawn('ffmpeg', args, { side: true, ...(script !== undefined && { script }) });
    };
    return new FfmpegFeed(start, {
      endless: input.kind !== 'file',
      timed: input.kind === 'file',
      ...options,
    });
  }
}

export interface FeedOptions extends VideoOptions {
  /** The source has no end of its own: when it stops, it was lost. */
  readonly endless: boolean;
  /** Frames carry their presentation time. */
  readonly timed: boolean;
}

/** Frames of one ffmpeg child. The child is held back by its full pipe while nobody asks for a frame. */
export class FfmpegFeed implements FrameFeed {
  readonly #start: () => Promise<FfmpegChild>;
  readonly #options: FeedOptions;
  readonly #parser: PpmParser;
  #child: Promise<FfmpegChild> | undefined;
  #chunks: AsyncIterator<Uint8Array> | undefined;
  #times: FrameTimes | undefined;
  #chunk: Uint8Array = new Uint8Array();
  #offset = 0;
  #frames = 0;
  #finished = false;
  #closed: Promise<void> | undefined;

  constructor(start: () => Promise<FfmpegChild>, options: FeedOptions) {
    this.#start = start;
    this.#options = options;
    this.#parser = new PpmParser(options.maxWidthPx * options.maxHeightPx);
  }

  async next(): Promise<VideoFrame | null> {
    if (this.#finished || this.#closed !== undefined) return null;
    try {
      const child = await this.#open();
      const image = await this.#nextImage();
      if (this.#closed !== undefined) return null;
      if (image === undefined) return this.#atEnd(await child.ended);
      this.#frames++;
      const atS = await this.#times?.next();
      if (this.#closed !== undefined) return null;
      return atS === undefined ? image : { ...image, atS };
    } catch (cause) {
      if (this.#closed !== undefined) return null;
      await this.close();
      throw toLimenError(cause, 'camera_lost');
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#closeOnce();
    return this.#closed;
  }

  async #closeOnce(): Promise<void> {
    this.#finished = true;
    this.#chunk = new Uint8Array();
    this.#offset = 0;
    // A child that could not be started needs no ending; `next` has told why.
    const child = await this.#child?.catch(() => undefined);
    await child?.end();
  }

  async #open(): Promise<FfmpegChild> {
    this.#child ??= this.#start();
    const child = await this.#child;
    if (this.#chunks === undefined) {
      this.#chunks = child.stdout[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
      if (this.#options.timed && child.side !== undefined) this.#times = new FrameTimes(child.side);
      else child.side?.resume();
    }
    return child;
  }

  async #nextImage(): Promise<RgbImage | undefined> {
    for (;;) {
      while (this.#offset < this.#chunk.length) {
        const taken = this.#parser.take(this.#chunk, this.#offset);
        this.#offset = taken.offset;
        if (taken.image !== undefined) return taken.image;
      }
      const read = await this.#chunks?.next();
      if (read === undefined || read.done) return undefined;
      this.#chunk = read.value;
      this.#offset = 0;
    }
  }

  #atEnd(end: ChildEnd): null {
    this.#finished = true;
    const complete = end.status === 0 && this.#parser.atBoundary;
    if (complete && this.#frames > 0 && !this.#options.endless) return null;
    throw new LimenError(this.#codeOf(end), end.reason);
  }

  #codeOf(end: ChildEnd): ErrorCode {
    if (this.#frames > 0) return 'camera_lost';
    return FORMAT_REFUSED.test(end.reason) ? 'camera_format' : 'camera_unavailable';
  }
}
