import type { DetectedFace } from '../../core/face.ts';
import type { Box, RgbImage } from '../../core/image.ts';
import { nonMaximumSuppression } from '../../vision/nms.ts';
import type { FaceEngine } from './face-engine.ts';

/**
 * Widths of a face in the input of the first look, px. Narrower than `unsure`, what it tells counts only if the second
 * one tells it, too: YuNet loses half of the faces of 7 px, BlazeFace sets boxes between two of them. Narrower than
 * `least`, which is twice as much at the second look, nothing is told. Wider than `large`, the second look adds nothing:
 * large faces fall apart into spots and halves.
 */
const FACE_PX = { least: 4.5, unsure: 12, large: 24 };
/** Picture px per input px below which whoever the first look misses has too few pixels to be recognised. */
const MIN_SCALE = 2;

/**
 * Everybody in a picture that is larger than the detector's input: the large faces of those `seen` at the first look,
 * and the small ones of a second, at the detector's larger size or, where the pack has none, in four parts.
 * @throws LimenError `inference_failed`, and what loading a network throws
 */
export async function withSmallFaces(
  engine: FaceEngine,
  image: RgbImage,
  seen: readonly DetectedFace[],
): Promise<readonly DetectedFace[]> {
  const { input, nmsIou } = engine.pack.detector;
  const scale = Math.max(image.width / input.width, image.height / input.height);
  if (!(scale >= MIN_SCALE)) return seen;
  const [leastPx, largePx] = [FACE_PX.least * scale, FACE_PX.large * scale];
  const closer = (await engine.detectLarge(image, 'request')) ?? (await inParts(engine, image, largePx));
  const sure = seen.filter(({ box }) => box.width >= FACE_PX.unsure * scale);
  const small = closer.filter(({ box }) => box.width >= leastPx && box.width < largePx);
  return nonMaximumSuppression([...sure, ...small], nmsIou);
}

/** Faces of the four quarters, which share a strip of `overlapPx`, so that no small face is cut. */
async function inParts(engine: FaceEngine, image: RgbImage, overlapPx: number): Promise<DetectedFace[]> {
  const [width, height] = [(image.width + overlapPx) / 2, (image.height + overlapPx) / 2];
  const parts: Box[] = [0, image.width - width].flatMap((x) =>
    [0, image.height - height].map((y) => ({ x, y, width, height })),
  );
  const found: DetectedFace[] = [];
  for (const part of parts) found.push(...(await engine.detect(image, 'request', { part })));
  return found;
}
