import type { DetectedFace, FacePoints, HeadPose } from '../../core/face.ts';
import type { Box, Point } from '../../core/image.ts';
import type { DetectorSpec } from '../../core/model-pack.ts';
import { type EyeSpan, eyesApart } from '../../vision/distance.ts';
import { boxAround, type FaceMesh, type MeshLook } from '../../vision/facemesh.ts';
import { poseOf } from '../../vision/pose.ts';
import type { Landmarker } from './landmarker.ts';

/** One look of the landmarks at a face. */
export type MeshGaze = (
  face: Pick<DetectedFace, 'box' | 'points'>,
  look: MeshLook,
) => ReturnType<Landmarker['look']>;

/** Face flag under which a look is doubtful: of faces seen well it is above 0.99, upside down it wanders. */
const SURE = 0.98;
/** Under this one the landmarks see none. */
const MIN_PRESENCE = 0.5;
/** Looks until the crop around the landmarks stays where it is; small faces with a bad box take four. */
const MAX_LOOKS = 6;
/** Of the eye distance and of the crop's side and place, relative. */
const SETTLED = { eyes: 0.005, crop: 0.01 };
/** Looked at once more each, around the settled one: what the network makes of one crop averages out. */
const AROUND: readonly MeshLook[] = [
  { mirrored: true },
  { scale: 0.85 },
  { scale: 0.85, mirrored: true },
  { scale: 1.18 },
  { scale: 1.18, mirrored: true },
];
/** For faces that lie on their side or stand on their head. */
const TURNS_DEG = [90, 180, 270] as const;
/** Relative error where they see none, or doubt: more than the detectors' (`LOOK_ERROR`) on faces that both see. */
const UNSEEN_ERROR = 0.15;

/**
 * Standard deviation of one look's eye distance, relative: against the mean of several, those of the detectors' points
 * differ by 10.2 % (BlazeFace) and 6.7 % (YuNet), those of `human`'s landmarks by 2.7 % (scripts/measure-looks.ts); a
 * little more is allowed for, since small faces are worse.
 */
const LOOK_ERROR = { blazeface: 0.12, yunet: 0.07, mesh: 0.03 } as const;

interface Settled {
  readonly mesh: FaceMesh;
  /** The lesser of the last two looks. */
  readonly presence: number;
  /** Mean presence of all looks but the first, whose crop the detector chose. */
  readonly trust: number;
}

/** The eyes as one look found them: that of the landmarks where there is a `mesh`, else the detector's. */
export function eyesAtOnce(
  located: { readonly points: FacePoints; readonly pose: HeadPose; readonly mesh?: readonly Point[] },
  detector: DetectorSpec['kind'],
): EyeSpan {
  const { points, pose, mesh } = located;
  const error = LOOK_ERROR[mesh === undefined ? detector : 'mesh'];
  return { apartPx: eyesApart(points), yawDeg: pose.yawDeg, error };
}

/** Whether the landmarks are sure of a face here. */
export async function isSeen(look: MeshGaze, face: DetectedFace): Promise<boolean> {
  return (await look(face, {})).presence >= SURE;
}

/**
 * The eyes of one face, by the mean of several looks; where the landmarks see no face, by the detector's points, with
 * low confidence. Takes 7 to 11 looks, 6 to 18 more where the face is doubtful.
 */
export async function gaugeEyes(look: MeshGaze, face: DetectedFace): Promise<EyeSpan> {
  let best = await settle(look, face, {});
  for (const turnDeg of best.trust < SURE ? TURNS_DEG : []) {
    const turned = await settle(look, face, { turnDeg });
    if (turned.trust > best.trust) best = turned;
  }
  if (best.presence < MIN_PRESENCE) return unseen(face);
  const looks: { readonly mesh: FaceMesh; readonly presence: number }[] = [best];
  for (const around of AROUND) looks.push(await look(aroundMesh(best.mesh), around));
  const fronts = looks.map(({ mesh }) => eyesApart(mesh.points) / Math.cos(radians(mesh.pose.yawDeg)));
  const front = mean(fronts);
  const scatter = Math.sqrt(mean(fronts.map((each) => (each / front - 1) ** 2)));
  const { yawDeg } = best.mesh.pose;
  const isSure = looks.every(({ presence }) => presence >= SURE);
  return {
    apartPx: front * Math.cos(radians(yawDeg)),
    yawDeg,
    error: isSure ? scatter : Math.max(scatter, UNSEEN_ERROR),
    confidence: isSure ? 'fair' : 'low',
  };
}

/**
 * Looks again around where the landmarks were found until they stay; `first` holds for the first look. A crop that has
 * wandered off to another face is not believed at all.
 */
async function settle(look: MeshGaze, face: DetectedFace, first: MeshLook): Promise<Settled> {
  let settled = await look(face, first);
  let before = settled;
  const presences: number[] = [];
  while (presences.length < MAX_LOOKS - 1) {
    before = settled;
    settled = await look(aroundMesh(before.mesh), {});
    presences.push(settled.presence);
    if (hasStayed(before.mesh, settled.mesh)) break;
  }
  const { mesh } = settled;
  if (!isOf(face, mesh)) return { mesh, presence: 0, trust: 0 };
  return { mesh, presence: Math.min(before.presence, settled.presence), trust: mean(presences) };
}

function hasStayed(before: FaceMesh, after: FaceMesh): boolean {
  const eyes = Math.abs(eyesApart(after.points) / eyesApart(before.points) - 1);
  const [from, to] = [boxAround(before.mesh), boxAround(after.mesh)];
  const moved = Math.max(
    ...(['x', 'y', 'width', 'height'] as const).map((side) => Math.abs(to[side] - from[side])),
  );
  return eyes < SETTLED.eyes && moved < SETTLED.crop * Math.max(to.width, to.height);
}

/** Whether the detector's box and the landmarks mean one face. */
function isOf({ box }: DetectedFace, { mesh }: FaceMesh): boolean {
  const found = boxAround(mesh);
  return holds(found, centreOf(box)) || holds(box, centreOf(found));
}

function centreOf({ x, y, width, height }: Box): Point {
  return { x: x + width / 2, y: y + height / 2 };
}

function holds({ x, y, width, height }: Box, point: Point): boolean {
  return point.x >= x && point.x <= x + width && point.y >= y && point.y <= y + height;
}

function aroundMesh({ mesh, points }: FaceMesh): Pick<DetectedFace, 'box' | 'points'> {
  return { box: boxAround(mesh), points };
}

function unseen({ points }: DetectedFace): EyeSpan {
  const { yawDeg } = poseOf(points);
  return { apartPx: eyesApart(points), yawDeg, error: UNSEEN_ERROR, confidence: 'low' };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}
