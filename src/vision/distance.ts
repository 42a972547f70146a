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

/**
 * Pinhole distance from the eyes: Z = f · 63 mm · cos(yaw) / eye distance. The interval joins the spread of human
 * eye distances, an error of `pixelError` px at each end and the focal length's error (independent, so in
 * quadrature). `undefined` when the eyes are too close together or the head is turned too far to measure.
 */
export function distanceOf(
  points: FacePoints,
  yawDeg: number,
  camera: CameraGeometry,
  pixelError = 0.7,
): Distance | undefined {
  const eyesPx = Math.hypot(points.leftEye.x - points.rightEye.x, points.leftEye.y - points.rightEye.y);
  const foreshortening = Math.cos((yawDeg * Math.PI) / 180);
  if (!(eyesPx >= 6) || !(foreshortening >= 0.5)) return undefined;
  const distanceM = (camera.focalPx * (IPD_MM.mean / 1000) * foreshortening) / eyesPx;
  if (!Number.isFinite(distanceM)) return undefined;
  const measurement = Math.hypot((pixelError * Math.SQRT2) / eyesPx, camera.focalError);
  return {
    distanceM,
    minM: distanceM * (1 - Math.hypot(1 - IPD_MM.least / IPD_MM.mean, measurement)),
    maxM: distanceM * (1 + Math.hypot(IPD_MM.most / IPD_MM.mean - 1, measurement)),
    source: 'ipd',
  };
}
