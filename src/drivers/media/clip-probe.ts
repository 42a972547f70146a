import { once } from 'node:events';
import type { ClipResult } from '../../core/ports/media.ts';
import { type ClipContainer, probeArguments } from './ffmpeg-arguments.ts';
import type { FfmpegProgram } from './ffmpeg-program.ts';
import { INPUT_PATH } from './unlinked-file.ts';

/** Lines of one packet are about 17 characters: over 100,000 packets, more than any clip that is short enough. */
const MAX_LISTING_CHARACTERS = 2_000_000;

/** What a clip really holds, from its packets. */
export interface ClipContents {
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  /** From the first frame to the last, s. */
  readonly durationS: number;
}

export function isClipContents(result: ClipContents | ClipResult): result is ClipContents {
  return 'frames' in result && !('ok' in result);
}

/**
 * Lists the packets of the clip behind `fd`. Rejects with the reason of `deadline` when it aborts.
 * @throws LimenError `ffmpeg_missing`
 */
export async function probeClip(
  program: FfmpegProgram,
  fd: number,
  container: ClipContainer,
  deadline: AbortSignal,
): Promise<ClipContents | ClipResult> {
  const child = await program.spawn('ffprobe', probeArguments(INPUT_PATH, container), { inputFd: fd });
  const onDeadline = () => void child.end();
  deadline.addEventListener('abort', onDeadline, { once: true });
  try {
    let listing = '';
    child.stdout.setEncoding('latin1').on('data', (text: string) => {
      listing += text;
      if (listing.length > MAX_LISTING_CHARACTERS) void child.end();
    });
    if (!child.stdout.closed) await once(child.stdout, 'close');
    const end = await child.ended;
    deadline.throwIfAborted();
    if (listing.length > MAX_LISTING_CHARACTERS)
      return refused('too_long', 'the clip has more frames than any that fits');
    if (/failed to execute|ENOENT/.test(end.reason)) return refused('no_ffmpeg', 'ffprobe is not installed');
    if (end.status !== 0) return refused('unreadable', end.reason);
    return parseListing(listing);
  } finally {
    deadline.removeEventListener('abort', onDeadline);
    await child.end();
  }
}

function parseListing(listing: string): ClipContents {
  const [, width = '0', height = '0'] = /^stream,(\d+),(\d+)/m.exec(listing) ?? [];
  let frames = 0;
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const [, time] of listing.matchAll(/^packet,(\S*?),?$/gm)) {
    frames++;
    const atS = Number.parseFloat(time as string);
    if (Number.isNaN(atS)) continue;
    first = Math.min(first, atS);
    last = Math.max(last, atS);
  }
  return { width: Number(width), height: Number(height), frames, durationS: Math.max(0, last - first) };
}

function refused(refusal: 'too_long' | 'no_ffmpeg' | 'unreadable', detail: string): ClipResult {
  return { ok: false, refusal, detail };
}
