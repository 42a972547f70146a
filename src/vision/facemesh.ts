import type { DetectedFace, FacePoints, HeadPose } from '../core/face.ts';
import type { Box, Point } from '../core/image.ts';
import { type Affine, applyAffine, invertAffine, similarityBetween } from './affine.ts';

/** Points of the mesh (MediaPipe Face Mesh). */
const POINTS = 468;
/** Side of the crop as a multiple of the face box, as MediaPipe cuts it. */
const CROP_SCALE = 1.5;

/** Mesh indices (MediaPipe canonical face model); right and left are the subject's. */
const RIGHT_EYE = { outer: 33, inner: 133 };
const LEFT_EYE = { outer: 263, inner: 362 };
const NOSE_TIP = 1;
const MOUTH = { right: 61, left: 291 };
const CHEEK = { right: 234, left: 454 };
const FOREHEAD = 10;
const CHIN = 152;

export interface FaceMesh {
  readonly points: FacePoints;
  readonly pose: HeadPose;
  /** Picture coordinates of all 468 points. */
  readonly mesh: readonly Point[];
}

/** The smallest box that holds all points. */
export function boxAround(points: readonly Point[]): Box {
  let [left, top, right, bottom] = [
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ];
  for (const { x, y } of points) {
    [left, right] = [Math.min(left, x), Math.max(right, x)];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
  }
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/** How a crop departs from the usual one. */
export interface MeshLook {
  /** Side, as a multiple of the usual one. */
  readonly scale?: number;
  /** Left and right exchanged: the mesh's points then mean those of the other side. */
  readonly mirrored?: boolean;
  /** Turned by this much, clockwise. */
  readonly turnDeg?: number;
}

/** Crop pixel → picture pixel: a square around the box, eyes level. */
export function meshCrop(
  face: Pick<DetectedFace, 'box' | 'points'>,
  size: number,
  { scale = 1, mirrored = false, turnDeg = 0 }: MeshLook = {},
): Affine {
  const { rightEye, leftEye } = face.points;
  const angle = Math.atan2(leftEye.y - rightEye.y, leftEye.x - rightEye.x) + (turnDeg * Math.PI) / 180;
  const side = CROP_SCALE * scale * Math.max(face.box.width, face.box.height);
  const centre = { x: face.box.x + face.box.width / 2, y: face.box.y + face.box.height / 2 };
  const [ux, uy] = [(Math.cos(angle) * side) / 2, (Math.sin(angle) * side) / 2];
  const crop = invertAffine(
    similarityBetween(
      [centre, { x: centre.x + ux, y: centre.y + uy }],
      [
        { x: size / 2, y: size / 2 },
        { x: size, y: size / 2 },
      ],
    ),
  );
  if (!mirrored) return crop;
  return { ...crop, a: -crop.a, c: -crop.c, tx: crop.tx + crop.a * size, ty: crop.ty + crop.c * size };
}

/**
 * Reads the mesh: 468 × (x, y, z) in crop pixels, z growing away from the camera.
 */
export function decodeFacemesh(values: Float32Array, toPicture: Affine): FaceMesh {
  const crop = (i: number) => ({
    x: values[i * 3] as number,
    y: values[i * 3 + 1] as number,
    z: values[i * 3 + 2] as number,
  });
  const mesh = Array.from({ length: POINTS }, (_, i) => applyAffine(toPicture, crop(i)));
  const at = (i: number) => mesh[i] as Point;
  const [mouthRight, mouthLeft] = [at(MOUTH.right), at(MOUTH.left)];
  const points: FacePoints = {
    rightEye: eyeCentre(at, RIGHT_EYE),
    leftEye: eyeCentre(at, LEFT_EYE),
    nose: at(NOSE_TIP),
    mouth: midpoint(mouthRight, mouthLeft),
    mouthRight,
    mouthLeft,
  };
  const [right, left, top, chin] = [crop(CHEEK.right), crop(CHEEK.left), crop(FOREHEAD), crop(CHIN)];
  const pose: HeadPose = {
    yawDeg: degrees(Math.atan2(left.z - right.z, Math.hypot(left.x - right.x, left.y - right.y))),
    pitchDeg: degrees(Math.atan2(top.z - chin.z, Math.hypot(chin.x - top.x, chin.y - top.y))),
    rollDeg: degrees(Math.atan2(points.leftEye.y - points.rightEye.y, points.leftEye.x - points.rightEye.x)),
  };
  return { points, pose, mesh };
}

/** Midway between the corners: steadier than the lids, which move when blinking. */
function eyeCentre(at: (i: number) => Point, eye: { outer: number; inner: number }): Point {
  return midpoint(at(eye.outer), at(eye.inner));
}

function midpoint(a: Point, b: Point): Point {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}

function degrees(radians: number): number {
  return (radians * 180) / Math.PI;
}
