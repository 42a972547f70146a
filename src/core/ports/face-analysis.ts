import type { DetectedFace, Distance, FaceQuality, HeadPose } from '../face.ts';
import type { Point, RgbImage } from '../image.ts';

/** `exif`: told by the picture; `camera`: of the camera named by whoever asks; `assumed`: neither. */
export interface FocalLength {
  readonly source: 'exif' | 'camera' | 'assumed';
  readonly px: number;
}

/** Everything that one picture tells about one face. */
export interface AnalysedFace extends DetectedFace {
  readonly pose: HeadPose;
  readonly quality: FaceQuality;
  /** L2-normalised; absent when the quality forbids it or it was not asked for. */
  readonly embedding?: Float32Array;
  /** Absent when it cannot be measured. */
  readonly distance?: Distance;
  /** Which focal length the distance rests on, px of this picture; absent where none was asked for. */
  readonly focal?: FocalLength;
  /** Probability that the face is live, 0 … 1; absent when not asked for, or the pack or this box cannot be judged. */
  readonly liveness?: number;
  /** The 468 points of the MediaPipe face mesh, picture pixels; absent when not asked for or not believed. */
  readonly mesh?: readonly Point[];
}

export interface AnalysisOptions {
  /** Horizontal field of view of the camera that took the picture, degrees; EXIF counts for more. */
  readonly hfovDeg?: number;
  /** Relative error of the focal length that `hfovDeg` comes to; that of a guess when absent. */
  readonly focalError?: number;
  /** Which faces are embedded; `all` when absent. */
  readonly embed?: 'all' | 'largest' | 'none';
  /** Measures distances by the mean of several looks of the dense landmarks, where their network is installed. */
  readonly precise?: boolean;
  /** Looks a second time for faces too small for the first look; for whoever wants everybody in the picture. */
  readonly smallFaces?: boolean;
  /** Judges the liveness of the largest face. */
  readonly liveness?: boolean;
  /** Adds the mesh of the largest face. */
  readonly mesh?: boolean;
  readonly signal?: AbortSignal;
}

/** Detection, landmarks, quality and embedding of single pictures, with the networks of the running pack. */
export interface FaceAnalyser {
  /** The embedding model, as stored with every template. */
  readonly modelId: string;
  /** Cosine from which two faces are one person, and the least lead over the runner-up. */
  readonly thresholds: { readonly match: number; readonly margin: number };
  /**
   * The faces of one picture, the largest first; none is an empty list. `focalLength35mm` (EXIF, mm) serves the
   * distance.
   * @throws LimenError `inference_failed`; with `mesh` also `model_missing` and what loading a network throws
   */
  analyse(
    image: RgbImage & { readonly focalLength35mm?: number },
    options?: AnalysisOptions,
  ): Promise<readonly AnalysedFace[]>;
}
