import { chooseFace, type FaceRule } from '../../core/face-choice.ts';
import type { FaceAnalyser } from '../../core/ports/face-analysis.ts';
import type { ClipDecoder, ClipResult, DecodeResult, ImageDecoder } from '../../core/ports/media.ts';
import { looksLikeClip } from './media-kind.ts';
import type { ProbeProblem } from './outcome.ts';

/** Evenly spaced frames of a clip that are judged: about 0.7 s of inference, and enough for a liveness verdict. */
const CLIP_FRAMES = 16;
/** A clip shows a face when this many of its frames do; shorter clips must show it in all. */
const MIN_FACE_FRAMES = 3;
/** Fewer frames with a face say nothing about liveness. */
const MIN_JUDGED_FRAMES = 8;

/** One look at the probe. */
export interface View {
  readonly embedding: Float32Array;
  /** Probability that the face is live, 0 … 1; absent where it was not judged. */
  readonly live?: number;
}

/**
 * The views of the probe that can be compared: one of a still, several of a clip. Never empty. `judged`: liveness was
 * looked for, in enough frames to say something.
 */
export type Probe =
  | { readonly kind: 'probe'; readonly views: readonly View[]; readonly judged: boolean }
  | ProbeProblem;

export interface ProbeParts {
  readonly decoder: ImageDecoder;
  /** Absent without ffmpeg: clips are then unreadable. */
  readonly clips?: ClipDecoder;
  readonly analyser: FaceAnalyser;
  /** Judges clips for liveness; absent: nothing is. */
  readonly liveness?: {
    /** Median from which a clip shows somebody live, 0 … 1. */
    readonly minLiveness: number;
  };
}

export interface Media {
  readonly bytes: Uint8Array;
  /** Clips are refused unless asked for. */
  readonly allowClip?: boolean;
  readonly face?: FaceRule;
  readonly signal?: AbortSignal;
}

type Decoded = { readonly still: DecodeResult } | { readonly clip: ClipResult };

export async function decodeMedia(parts: ProbeParts, media: Media): Promise<Decoded> {
  if (!media.allowClip || !looksLikeClip(media.bytes)) {
    return { still: await parts.decoder.decode(media.bytes) };
  }
  if (parts.clips === undefined) {
    return { clip: { ok: false, refusal: 'no_ffmpeg', detail: 'clips need ffmpeg; send a still picture' } };
  }
  const signal = media.signal && { signal: media.signal };
  return { clip: await parts.clips.decode(media.bytes, { maxFrames: CLIP_FRAMES, ...signal }) };
}

/** Why the upload is no picture, or undefined. */
export function decodingProblem(decoded: Decoded): ProbeProblem | undefined {
  const result = 'still' in decoded ? decoded.still : decoded.clip;
  return result.ok ? undefined : { kind: 'unreadable', refusal: result.refusal, detail: result.detail };
}

export async function embedProbe(parts: ProbeParts, decoded: Decoded, media: Media): Promise<Probe> {
  if ('clip' in decoded) return embedClip(parts, decoded.clip, media.signal);
  if (!decoded.still.ok) return decodingProblem(decoded) as ProbeProblem;
  const rule = media.face ?? 'only';
  const faces = await parts.analyser.analyse(decoded.still.image, {
    embed: rule === 'largest' ? 'largest' : 'all',
    ...(media.signal && { signal: media.signal }),
  });
  const choice = chooseFace(faces, rule);
  if (choice.kind !== 'face') return choice;
  const { embedding } = choice.face;
  return embedding === undefined
    ? { kind: 'low_quality' }
    : { kind: 'probe', views: [{ embedding }], judged: false };
}

/** The largest face of every frame; whoever is in front speaks for the clip. */
async function embedClip(
  parts: ProbeParts,
  clip: ClipResult,
  signal: AbortSignal | undefined,
): Promise<Probe> {
  if (!clip.ok) return decodingProblem({ clip }) as ProbeProblem;
  const views: View[] = [];
  let [faceFrames, judgedFrames] = [0, 0];
  for (const frame of clip.frames) {
    signal?.throwIfAborted();
    const [face] = await parts.analyser.analyse(frame, {
      embed: 'largest',
      liveness: parts.liveness !== undefined,
      ...(signal && { signal }),
    });
    if (face === undefined) continue;
    faceFrames++;
    const { embedding, liveness: live } = face;
    if (live !== undefined) judgedFrames++;
    if (embedding !== undefined) views.push({ embedding, ...(live !== undefined && { live }) });
  }
  const needed = Math.max(1, Math.min(MIN_FACE_FRAMES, clip.frames.length));
  if (faceFrames < needed) return { kind: 'no_face' };
  if (views.length < needed) return { kind: 'low_quality' };
  return { kind: 'probe', views, judged: judgedFrames > 0 && faceFrames >= MIN_JUDGED_FRAMES };
}
