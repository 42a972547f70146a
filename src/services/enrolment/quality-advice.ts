import type { AnalysedFace } from '../../core/ports/face-analysis.ts';

/** What a picture must show to be enrolled; one stored template is compared for years. */
export interface EnrolmentLimits {
  /** Between the eye centres, px. */
  readonly minEyeDistancePx: number;
  /** Variance of the Laplacian of the aligned luma crop. */
  readonly minSharpness: number;
  /** Mean luma of the aligned crop, 0 … 255. */
  readonly minLuma: number;
  readonly maxLuma: number;
  readonly maxYawDeg: number;
  readonly maxPitchDeg: number;
}

/**
 * Wide limits: they stop what is plainly unfit. The pack's own minimum, below which a face is not embedded, stands
 * besides them. Eye distance: an identity card photographed by a phone and the portraits of the demo lie above it.
 */
export const ENROLMENT_LIMITS: EnrolmentLimits = {
  minEyeDistancePx: 24,
  minSharpness: 12,
  minLuma: 35,
  maxLuma: 235,
  maxYawDeg: 40,
  maxPitchDeg: 40,
};

/** What to do about the picture, most useful first, in words for whoever took it; empty when it is good enough. */
export function qualityAdvice(face: AnalysedFace, limits: EnrolmentLimits = ENROLMENT_LIMITS): string[] {
  const { quality, pose } = face;
  const advice: string[] = [];
  if (!(quality.eyeDistancePx >= limits.minEyeDistancePx)) {
    const seen = Math.floor(quality.eyeDistancePx);
    advice.push(`too far: ${seen} px between the eyes, ${limits.minEyeDistancePx} needed; come closer`);
  }
  if (!(quality.luma >= limits.minLuma)) {
    advice.push(
      `too dark: brightness ${Math.floor(quality.luma)}, ${limits.minLuma} needed; turn to the light`,
    );
  }
  if (!(quality.luma <= limits.maxLuma)) {
    advice.push(
      `too bright: brightness ${Math.ceil(quality.luma)}, at most ${limits.maxLuma}; avoid flash and direct sun`,
    );
  }
  if (!(Math.abs(pose.yawDeg) <= limits.maxYawDeg)) {
    advice.push(
      `turned away by ${Math.round(Math.abs(pose.yawDeg))}°, at most ${limits.maxYawDeg}°; look at the camera`,
    );
  }
  if (!(Math.abs(pose.pitchDeg) <= limits.maxPitchDeg)) {
    const way = pose.pitchDeg > 0 ? 'up' : 'down';
    advice.push(
      `looking ${way} by ${Math.round(Math.abs(pose.pitchDeg))}°, at most ${limits.maxPitchDeg}°; hold the camera level`,
    );
  }
  if (!(quality.sharpness >= limits.minSharpness)) {
    advice.push(
      `blurred: sharpness ${quality.sharpness.toFixed(1)}, ${limits.minSharpness} needed; hold still and clean the lens`,
    );
  }
  if (advice.length === 0 && !usable(face.embedding)) {
    advice.push(
      `quality ${quality.overall.toFixed(2)} is too low for recognition; more light, closer, from the front`,
    );
  }
  return advice;
}

/** An embedding that can be compared: present, and finite throughout. */
function usable(embedding: Float32Array | undefined): boolean {
  return embedding?.every(Number.isFinite) ?? false;
}
