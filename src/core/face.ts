import type { Box, Point } from './image.ts';
import type { PersonRef } from './person.ts';

/** Landmarks every detector gives. Right and left are the subject's: the right eye has the smaller x. */
export interface FacePoints {
  readonly rightEye: Point;
  readonly leftEye: Point;
  readonly nose: Point;
  /** Centre of the mouth. */
  readonly mouth: Point;
  /** Corners of the mouth, when the detector or the mesh gives them. */
  readonly mouthRight?: Point;
  readonly mouthLeft?: Point;
}

export interface DetectedFace {
  readonly box: Box;
  /** 0 … 1 */
  readonly score: number;
  readonly points: FacePoints;
}

/** Degrees; yaw > 0 when the subject turns to their left (nose towards larger x), pitch > 0 when looking up. */
export interface HeadPose {
  readonly yawDeg: number;
  readonly pitchDeg: number;
  readonly rollDeg: number;
}

/** What can be said of a face picture before recognising it. */
export interface FaceQuality {
  /** 0 … 1, the product of the parts below; a face under the pack's minimum is not embedded. */
  readonly overall: number;
  /** Variance of the Laplacian of the aligned luma crop, 0 … 255² scale. */
  readonly sharpness: number;
  /** Mean luma of the aligned crop, 0 … 255. */
  readonly luma: number;
  /** Distance between the eye centres in the source picture, px. */
  readonly eyeDistancePx: number;
  readonly yawDeg: number;
}

export interface Distance {
  /** Metres from the camera to the eyes. */
  readonly distanceM: number;
  /** Interval that holds for nearly all adults (population spread, pixel error, calibration state). */
  readonly minM: number;
  readonly maxM: number;
  readonly source: 'ipd' | 'iris';
  /** Of uploads: `low` where the landmarks see the face badly or not at all; the interval is wider then. */
  readonly confidence?: 'fair' | 'low';
}

/** The nearest enrolled person and the runner-up (another person). */
export interface Match {
  readonly person: PersonRef;
  /** Cosine similarity, −1 … 1. */
  readonly score: number;
  /** `score` minus the best score of any other person; `score + 1` when there is nobody else. */
  readonly margin: number;
}
