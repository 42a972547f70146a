import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { Progress } from '../../../api/cli/progress.ts';
import type { Io } from '../../../api/cli/verbs.ts';
import type { ModelPack } from '../../../core/model-pack.ts';
import type { AnalysedFace } from '../../../core/ports/face-analysis.ts';
import type { ClipDecoder, ImageDecoder } from '../../../core/ports/media.ts';
import { readGiven } from '../../given-file.ts';
import type { RecognitionRoom } from '../../recognition-room.ts';
import type { Session } from '../../session.ts';
import type { NamedFile } from './input.ts';
import { KeptLooks } from './kept-looks.ts';

/** Changes whenever what is kept of a picture, or how it is looked at, is not what it was. */
const FORM = 2;

/** What every evaluation works with. */
export interface Workplace {
  readonly session: Session;
  readonly io: Io;
  readonly recognition: RecognitionRoom;
  readonly images: ImageDecoder;
  readonly clips: ClipDecoder;
  readonly fresh: boolean;
}

/** A face as it is kept: the template is base64 of little-endian float32. */
export interface KeptFace extends Pick<AnalysedFace, 'box' | 'score' | 'distance'> {
  readonly embedding?: string;
}

export interface SeenPicture {
  /** Decoding and everything that is done with a picture; networks included, the disk not. */
  readonly ms: number;
  readonly width: number;
  readonly height: number;
  /** The largest first. */
  readonly faces: readonly KeptFace[];
  /** Why it was not decoded. */
  readonly refusal?: string;
}

/**
 * Looks at each file once, in order, with a progress bar; what an interrupted run of the same pack has seen is taken
 * over. `look` gets the bytes; `done` is called when everything was looked at, with results by file.
 */
export async function lookAtAll<T>(
  work: Workplace,
  files: readonly NamedFile[],
  kind: string,
  look: (bytes: Uint8Array, file: NamedFile) => Promise<T>,
): Promise<ReadonlyMap<string, T>> {
  const { io, session, recognition } = work;
  const name = `${kind}-${fingerprint(recognition.pack)}.ndjson`;
  const kept = await KeptLooks.open<T>(join(session.stateDir, 'evaluation', name), work);
  const progress = new Progress(io.stderr, 'looking at pictures');
  const looks = new Map<string, T>();
  try {
    for (const each of files) {
      io.signal.throwIfAborted();
      progress.update(looks.size / files.length, each.file);
      const bytes = await readGiven(each.path);
      const key = createHash('sha256').update(bytes).digest('hex');
      const before = kept.get(key);
      const seen = before ?? (await look(bytes, each));
      if (before === undefined) await kept.add(key, seen);
      looks.set(each.file, seen);
    }
    await kept.forget();
  } finally {
    await kept.close();
    await progress.end();
  }
  return looks;
}

/** Every face of a picture, with its template, as an upload is looked at; or everybody, small faces too. */
export function lookAtPictures(
  work: Workplace,
  files: readonly NamedFile[],
  { smallFaces = false }: { readonly smallFaces?: boolean } = {},
): Promise<ReadonlyMap<string, SeenPicture>> {
  const kind = smallFaces ? 'everybody' : 'faces';
  return lookAtAll(work, files, kind, (bytes) => lookAtPicture(work, bytes, smallFaces));
}

async function lookAtPicture(
  { images, recognition }: Workplace,
  bytes: Uint8Array,
  smallFaces: boolean,
): Promise<SeenPicture> {
  const startedMs = performance.now();
  const decoded = await images.decode(bytes);
  if (!decoded.ok) {
    return { ms: performance.now() - startedMs, width: 0, height: 0, faces: [], refusal: decoded.refusal };
  }
  const { width, height } = decoded.image;
  const faces = await recognition.analyser.analyse(decoded.image, { smallFaces });
  return { ms: performance.now() - startedMs, width, height, faces: faces.map(keptFace) };
}

function keptFace({ box, score, distance, embedding }: AnalysedFace): KeptFace {
  const text =
    embedding && Buffer.from(embedding.buffer, embedding.byteOffset, embedding.byteLength).toString('base64');
  return { box, score, ...(distance && { distance }), ...(text !== undefined && { embedding: text }) };
}

export function embeddingOf(face: KeptFace | undefined): Float32Array | undefined {
  if (face?.embedding === undefined) return undefined;
  const bytes = Uint8Array.from(Buffer.from(face.embedding, 'base64'));
  return new Float32Array(bytes.buffer);
}

/** LFW's pictures are cut so that the labelled person is in the middle; others may stand in the background. */
export function labelledFace(seen: SeenPicture | undefined, central: boolean): KeptFace | undefined {
  if (seen === undefined || !central) return seen?.faces[0];
  const offCentre = ({ box }: KeptFace) =>
    Math.hypot(box.x + box.width / 2 - seen.width / 2, box.y + box.height / 2 - seen.height / 2);
  return [...seen.faces].sort((a, b) => offCentre(a) - offCentre(b))[0];
}

/** Mean time of the pictures looked at, ms; `null` without any. */
export function meanMs(seen: Iterable<{ readonly ms: number }>): number | null {
  const times = [...seen].map(({ ms }) => ms);
  return times.length === 0 ? null : times.reduce((sum, ms) => sum + ms, 0) / times.length;
}

/** The networks and how they are used; thresholds may change without looking again. */
function fingerprint(pack: ModelPack): string {
  const { files, detector, landmarks, embedder, liveness } = pack;
  const text = JSON.stringify([
    FORM,
    files.map(({ origin }) => origin),
    detector,
    landmarks,
    embedder,
    liveness,
  ]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
