import type { FacePoints } from '../core/face.ts';
import type { Point } from '../core/image.ts';
import type { AlignmentSpec } from '../core/model-pack.ts';
import { type Affine, invertAffine, similarityBetween } from './affine.ts';

/**
 * Where the five points lie in a 112 × 112 crop: the template of ArcFace (Deng et al., 2019; insightface), in the
 * order right eye, left eye, nose, right and left corner of the mouth.
 */
const ARCFACE_TEMPLATE: readonly Point[] = [
  { x: 38.2946, y: 51.6963 },
  { x: 73.5318, y: 51.5014 },
  { x: 56.0252, y: 71.7366 },
  { x: 41.5493, y: 92.3655 },
  { x: 70.7299, y: 92.2041 },
];
const ARCFACE_SIZE = 112;

/** Crop pixel → picture pixel, for the alignment that the embedder was measured with. */
export function alignmentOf(
  points: FacePoints,
  spec: AlignmentSpec,
  crop: { readonly width: number; readonly height: number },
): Affine {
  switch (spec.kind) {
    case 'eyes':
      return eyesLevel(points, spec, crop);
    case 'arcface':
      return arcface(points, crop);
  }
}

/** Eyes level and centred, at the given parts of the crop's width and height. */
export function eyesLevel(
  points: FacePoints,
  spec: { readonly eyeDistance: number; readonly eyeHeight: number },
  crop: { readonly width: number; readonly height: number },
): Affine {
  const y = spec.eyeHeight * crop.height;
  const right = { x: (0.5 - spec.eyeDistance / 2) * crop.width, y };
  const left = { x: (0.5 + spec.eyeDistance / 2) * crop.width, y };
  return invertAffine(similarityBetween([points.rightEye, points.leftEye], [right, left]));
}

function arcface(points: FacePoints, crop: { readonly width: number; readonly height: number }): Affine {
  const scale = crop.width / ARCFACE_SIZE;
  const template = ARCFACE_TEMPLATE.map((p) => ({ x: p.x * scale, y: p.y * scale }));
  const { rightEye, leftEye, nose, mouth, mouthRight, mouthLeft } = points;
  if (mouthRight !== undefined && mouthLeft !== undefined) {
    const found = [rightEye, leftEye, nose, mouthRight, mouthLeft];
    return invertAffine(similarityBetween(found, template));
  }
  const [a, b] = [template[3] as Point, template[4] as Point];
  const target = [...template.slice(0, 3), { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }];
  return invertAffine(similarityBetween([rightEye, leftEye, nose, mouth], target));
}
