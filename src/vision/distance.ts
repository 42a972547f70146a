import type { Distance, FacePoints } from '../core/face.ts';

/**
 * Distance between the pupils of adults, mm: mean, and the range that holds for nearly all (Dodgson, "Variation
 * and extrema of human interpupillary distance", 2004: mean 63.4, 52–78 extreme; vision facts of the project: 50–75).
 */
const IPD_MM = { mean: 63, least: 50, most: 75 };

export interface CameraGeometry {
  /** Focal length, px of the picture that is measured. */
  readonly focalPx: number;
  /** Relative error of `focalPx`: about 0.02 after calibration, 0.15 for a guessed field of view. */
  readonly focalError: number;
}

/** Focal length in px from the horizontal field of view: f = (width / 2) / tan(HFOV / 2). */
export function focalFromHfov(widthPx: number, hfovDeg: number): number {
  return widthPx / 2 / Math.tan((hfovDeg * Math.PI) / 360);
}

/** Focal length in px from EXIF's 35 mm equivalent, which refers to the 43.27 mm diagonal of a 36 × 24 mm frame. */
export function focalFrom35mm(widthPx: number, heightPx: number, focal35mm: number): number {
  return (focal35mm * Math.hypot(widthPx, heightPx)) / 43.27;
}

/** What a distance is read from. */
export interface EyeSpan {
  /** Between the centres of the eyes, px of the picture as it is. */
  readonly apartPx: number;
  readonly yawDeg: number;
  /** Relative error of `apartPx`, of where the landmarks lie; beside it stands one of 0.7 px at each eye. */
  readonly error: number;
  readonly confidence?: 'fair' | 'low';
}

/**
 * Standard deviation of a yaw, degrees: those of the detectors' points and of the dense landmarks differ by 6.1
 * (BlazeFace) and 5.2 (YuNet), scripts/measure-looks.ts.
 */
const YAW_ERROR_DEG = 6;
/** Eyes closer together tell nothing. */
const MIN_EYES_PX = 6;

/** Between the centres of the eyes, px. */
export function eyesApart({ leftEye, rightEye }: FacePoints): number {
  return Math.hypot(leftEye.x - rightEye.x, leftEye.y - rightEye.y);
}

/**
 * Pinhole distance from the eyes: Z = f · 63 mm · cos(yaw) / eye distance. The interval joins the spread of human
 * eye distances with the errors of the landmarks, of the yaw, of `pixelError` px at each eye and of the focal length
 * (independent, so in quadrature). `undefined` when the eyes are too close together or the head is turned too far to
 * measure.
 */
export function distanceOf(eyes: EyeSpan, camera: CameraGeometry, pixelError = 0.7): Distance | undefined {
  const { apartPx, confidence } = eyes;
  const yaw = (eyes.yawDeg * Math.PI) / 180;
  const foreshortening = Math.cos(yaw);
  if (!(apartPx >= MIN_EYES_PX) || !(foreshortening >= 0.5)) return undefined;
  const distanceM = (camera.focalPx * (IPD_MM.mean / 1000) * foreshortening) / apartPx;
  if (!Number.isFinite(distanceM)) return undefined;
  // d cos(yaw) / cos(yaw) = tan(yaw) · d yaw
  const turned = Math.tan(yaw) * ((YAW_ERROR_DEG * Math.PI) / 180);
  const pixels = (pixelError * Math.SQRT2) / apartPx;
  const measurement = Math.hypot(pixels, eyes.error, turned, camera.focalError);
  return {
    distanceM,
    minM: distanceM * Math.max(0, 1 - Math.hypot(1 - IPD_MM.least / IPD_MM.mean, measurement)),
    maxM: distanceM * (1 + Math.hypot(IPD_MM.most / IPD_MM.mean - 1, measurement)),
    source: 'ipd',
    ...(confidence && { confidence }),
  };
}
