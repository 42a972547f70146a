import { LimenError } from '../../core/errors.ts';
import type { RgbImage } from '../../core/image.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { ClipDecoder, ClipRefusal, ClipResult } from '../../core/ports/media.ts';
import { type ClipContents, isClipContents, probeClip } from './clip-probe.ts';
import { type ClipContainer, frameArguments } from './ffmpeg-arguments.ts';
import { FfmpegFeed } from './ffmpeg-frames.ts';
import type { FfmpegProgram } from './ffmpeg-program.ts';
import { INPUT_PATH, withUnlinkedFile } from './unlinked-file.ts';

/** `contract.md`: clips of at most 64 MB, 30 s and 1080p. */
const DEFAULT_MAX_BYTES = 64_000_000;
const DEFAULT_MAX_DURATION_S = 30;
/** 1920 × 1088: codecs store whole blocks of 16 lines. */
const DEFAULT_MAX_PIXELS = 1_920 * 1_088;
/** Frames are shrunk to this, as a camera's are: 64 of them take 177 MB at 16:9. */
const DEFAULT_MAX_SIDE_PX = 1_280;
/** 30 s of 1080p at 60 frames a second decode in about half of this on two slow cores. */
const DEFAULT_TIME_LIMIT_MS = 20_000;

export interface ClipDecoderOptions {
  readonly program: FfmpegProgram;
  readonly clock: Clock;
  /** An existing directory; the clip lies in it without a name while it is decoded. */
  readonly runtimeDir: string;
  readonly maxBytes?: number;
  readonly maxDurationS?: number;
  readonly maxPixels?: number;
  readonly maxSidePx?: number;
  readonly timeLimitMs?: number;
}

interface Limits {
  readonly deadline: AbortSignal;
  readonly maxFrames: number;
}

/**
 * Decodes uploaded clips. The container is told by its first bytes and ffmpeg is held to that demuxer and to this
 * one file; length is judged by the packets' own times and not by what the header says; frames are taken evenly by
 * their number. All work on a clip ends at the time limit.
 */
export class FfmpegClipDecoder implements ClipDecoder {
  readonly #options: ClipDecoderOptions;

  constructor(options: ClipDecoderOptions) {
    this.#options = options;
  }

  /** @throws the signal's reason when it aborts first; LimenError `store_fault` when the directory takes no file */
  async decode(
    bytes: Uint8Array,
    options: { readonly maxFrames: number; readonly signal?: AbortSignal },
  ): Promise<ClipResult> {
    options.signal?.throwIfAborted();
    const { maxBytes = DEFAULT_MAX_BYTES, clock, timeLimitMs = DEFAULT_TIME_LIMIT_MS } = this.#options;
    if (bytes.length === 0) return refuse('empty', 'the clip is empty');
    if (bytes.length > maxBytes)
      return refuse('too_many_bytes', `${bytes.length} bytes, at most ${maxBytes}`);
    const container = sniffClip(bytes);
    if (container === undefined) return refuse('unreadable', 'neither MP4, MOV, WebM nor MKV');

    const late = new AbortController();
    const cancel = clock.after(timeLimitMs, () => late.abort());
    const deadline =
      options.signal === undefined ? late.signal : AbortSignal.any([late.signal, options.signal]);
    try {
      return await withUnlinkedFile(this.#options.runtimeDir, bytes, (fd) =>
        this.#decodeFile(fd, container, { deadline, maxFrames: Math.max(1, options.maxFrames) }),
      );
    } catch (cause) {
      options.signal?.throwIfAborted();
      if (late.signal.aborted) return refuse('unreadable', `not decoded within ${timeLimitMs / 1000} s`);
      return translate(cause);
    } finally {
      cancel();
    }
  }

  async #decodeFile(fd: number, container: ClipContainer, limits: Limits): Promise<ClipResult> {
    const contents = await probeClip(this.#options.program, fd, container, limits.deadline);
    if (!isClipContents(contents)) return contents;
    const refusal = this.#judge(contents);
    if (refusal !== undefined) return refusal;
    return { ok: true, frames: await this.#frames(fd, container, contents, limits) };
  }

  #judge({ width, height, frames, durationS }: ClipContents): ClipResult | undefined {
    const { maxPixels = DEFAULT_MAX_PIXELS, maxDurationS = DEFAULT_MAX_DURATION_S } = this.#options;
    if (frames === 0) return refuse('unreadable', 'the clip holds no picture');
    if (width * height > maxPixels) return refuse('too_many_pixels', `${width} × ${height}, at most 1080p`);
    if (durationS > maxDurationS)
      return refuse('too_long', `${durationS.toFixed(1)} s, at most ${maxDurationS} s`);
    return undefined;
  }

  async #frames(fd: number, container: ClipContainer, contents: ClipContents, limits: Limits) {
    const { program, maxPixels = DEFAULT_MAX_PIXELS, maxSidePx = DEFAULT_MAX_SIDE_PX } = this.#options;
    const { maxFrames, deadline } = limits;
    const options = {
      ...{ maxWidthPx: maxSidePx, maxHeightPx: maxSidePx, demuxer: container, maxPixels },
      ...(contents.frames > maxFrames && {
        select: `lt(mod(n*${maxFrames},${contents.frames}),${maxFrames})`,
      }),
    };
    const input = { kind: 'file', path: INPUT_PATH, loop: false, realtime: false } as const;
    const start = async () => {
      const args = frameArguments(input, options, await program.version());
      return program.spawn('ffmpeg', args, { side: true, inputFd: fd });
    };
    const feed = new FfmpegFeed(start, { ...options, endless: false, timed: true });
    const onDeadline = () => void feed.close();
    deadline.addEventListener('abort', onDeadline, { once: true });
    const frames: (RgbImage & { atS: number })[] = [];
    try {
      while (frames.length < maxFrames) {
        deadline.throwIfAborted();
        const frame = await feed.next();
        if (frame === null) break;
        frames.push({ ...frame, atS: frame.atS ?? 0 });
      }
      deadline.throwIfAborted();
      return frames;
    } finally {
      deadline.removeEventListener('abort', onDeadline);
      await feed.close();
    }
  }
}

/** MP4 and QuickTime begin with one of a few boxes (ISO/IEC 14496-12), WebM and Matroska with an EBML header. */
function sniffClip(bytes: Uint8Array): ClipContainer | undefined {
  const start = String.fromCharCode(...bytes.subarray(0, 8));
  if (start.startsWith('\x1aE\xdf\xa3')) return 'matroska';
  return ['ftyp', 'moov', 'mdat', 'wide', 'free', 'skip'].includes(start.slice(4)) ? 'mov' : undefined;
}

function translate(cause: unknown): ClipResult {
  if (!(cause instanceof LimenError) || cause.code === 'store_fault') throw cause;
  if (cause.code === 'ffmpeg_missing') return refuse('no_ffmpeg', cause.message);
  return refuse('unreadable', cause.message);
}

function refuse(refusal: ClipRefusal, detail: string): ClipResult {
  return { ok: false, refusal, detail };
}
