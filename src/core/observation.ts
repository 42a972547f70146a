import type { Distance, FacePoints, FaceQuality, HeadPose, Match } from './face.ts';
import type { Box } from './image.ts';

/** What one frame told about one tracked face. */
export interface FaceObservation {
  /** Track number, unique within one opening of the camera. */
  readonly trackId: number;
  readonly frameSeq: number;
  /** On the daemon's `Clock`. */
  readonly capturedAtMs: number;
  readonly atS?: number;
  readonly box: Box;
  /** Detector's confidence, 0 … 1. */
  readonly score: number;
  readonly points: FacePoints;
  readonly pose: HeadPose;
  readonly quality: FaceQuality;
  /** Absent when it cannot be measured. */
  readonly distance?: Distance;
  /** Result of comparing with the gallery; absent on frames that were not embedded, `null` for an empty gallery. */
  readonly match?: Match | null;
  /** Probability that the face is live, 0 … 1; absent when the pack has no liveness or the frame was not judged. */
  readonly liveness?: number;
  /** Beside `liveness`: straight edges frame the face, as those of a sheet or a screen do. */
  readonly framed?: boolean;
}
