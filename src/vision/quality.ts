import type { FacePoints, FaceQuality, HeadPose } from '../core/face.ts';
import type { RgbImage } from '../core/image.ts';
import { eyesLevel } from './alignment.ts';
import { warpToImage } from './warp.ts';

/** Side of the crop that is looked at, px; the eyes stand 24 px apart in it. */
const SIZE = 80;
const CROP = { eyeDistance: 0.3, eyeHeight: 0.42 };

/**
 * Each part counts 0 at the first figure and 1 from the second on. Chosen on `faces/odd` (blur, dark, over-exposed)
 * and LFW so that every LFW face scores above 0.3 and the spoiled pictures below 0.15.
 */
const RAMPS = {
  eyeDistancePx: [8, 32],
  sharpness: [4, 60],
  luma: [18, 60],
  glare: [252, 225],
  yawDeg: [70, 25],
  pitchDeg: [60, 25],
} as const;

/** Grades one view of a face; see `FaceQuality` for units. */
export function qualityOf(image: RgbImage, points: FacePoints, pose: HeadPose): FaceQuality {
  const crop = warpToImage(image, eyesLevel(points, CROP, { width: SIZE, height: SIZE }), SIZE, SIZE);
  const luma = lumaOf(crop);
  const mean = luma.reduce((sum, v) => sum + v, 0) / luma.length;
  const sharpness = laplacianVariance(luma, SIZE, SIZE);
  const eyeDistancePx = Math.hypot(
    points.leftEye.x - points.rightEye.x,
    points.leftEye.y - points.rightEye.y,
  );
  const overall =
    ramp(eyeDistancePx, RAMPS.eyeDistancePx) *
    ramp(sharpness, RAMPS.sharpness) *
    ramp(mean, RAMPS.luma) *
    ramp(mean, RAMPS.glare) *
    ramp(Math.abs(pose.yawDeg), RAMPS.yawDeg) *
    ramp(Math.abs(pose.pitchDeg), RAMPS.pitchDeg);
  return { overall, sharpness, luma: mean, eyeDistancePx, yawDeg: pose.yawDeg };
}

/** Rec. 601 luma, 0 … 255, of every pixel. */
export function lumaOf(image: RgbImage): Float32Array {
  const luma = new Float32Array(image.width * image.height);
  for (let i = 0, p = 0; i < luma.length; i++, p += 3) {
    luma[i] =
      0.299 * (image.data[p] as number) +
      0.587 * (image.data[p + 1] as number) +
      0.114 * (image.data[p + 2] as number);
  }
  return luma;
}

/** Variance of the 4-neighbour Laplacian: the usual measure of focus (Pech-Pacheco et al., 2000). */
export function laplacianVariance(luma: Float32Array, width: number, height: number): number {
  let [sum, squares, count] = [0, 0, 0];
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const i = y * width + x;
      const value =
        4 * (luma[i] as number) -
        (luma[i - 1] as number) -
        (luma[i + 1] as number) -
        (luma[i - width] as number) -
        (luma[i + width] as number);
      sum += value;
      squares += value * value;
      count++;
    }
  }
  return squares / count - (sum / count) ** 2;
}

function ramp(value: number, [zero, one]: readonly [number, number]): number {
  const part = (value - zero) / (one - zero);
  return Number.isNaN(part) ? 0 : Math.min(1, Math.max(0, part));
}
