import type { FacePoints, HeadPose } from '../core/face.ts';

/**
 * How far the tip of the nose stands before the plane of the eyes, in eye distances: about 35 mm of 63 mm in the
 * MediaPipe canonical face model.
 */
const NOSE_DEPTH = 0.55;
/** Nose height between eyes (0) and mouth (1) when looking straight ahead, same model. */
const NOSE_LEVEL = 0.58;
/** Degrees of pitch per unit of that height, from rotating the same model by ±20°. */
const PITCH_DEG = 75;

/** Head pose from the detector's points alone: good to about ±8°, enough to correct distances and to grade views. */
export function poseOf(points: FacePoints): HeadPose {
  const { rightEye, leftEye, nose, mouth } = points;
  const roll = Math.atan2(leftEye.y - rightEye.y, leftEye.x - rightEye.x);
  const [cos, sin] = [Math.cos(roll), Math.sin(roll)];
  const centre = { x: (rightEye.x + leftEye.x) / 2, y: (rightEye.y + leftEye.y) / 2 };
  const level = (x: number, y: number) => ({
    x: (x - centre.x) * cos + (y - centre.y) * sin,
    y: -(x - centre.x) * sin + (y - centre.y) * cos,
  });
  const [n, m] = [level(nose.x, nose.y), level(mouth.x, mouth.y)];
  const eyeDistance = Math.hypot(leftEye.x - rightEye.x, leftEye.y - rightEye.y);
  // the face's midline leans with the mouth; what is left of the nose's offset is yaw
  const offset = (n.x - (m.x * n.y) / Math.max(m.y, 1e-6) / 2) / Math.max(eyeDistance, 1e-6);
  return {
    yawDeg: clamp((Math.atan(offset / NOSE_DEPTH) * 180) / Math.PI, 90),
    pitchDeg: clamp((NOSE_LEVEL - n.y / Math.max(m.y, 1e-6)) * PITCH_DEG, 90),
    rollDeg: (roll * 180) / Math.PI,
  };
}

function clamp(value: number, limit: number): number {
  return Math.min(limit, Math.max(-limit, value));
}
