import type { DetectedFace } from '../core/face.ts';
import type { Point } from '../core/image.ts';
import type { Tensor } from '../core/ports/inference.ts';
import { nonMaximumSuppression } from './nms.ts';

/** Anchors per cell of each feature map (MediaPipe face detection, full-range "back" model). */
const MAPS = [
  { stride: 16, anchors: 2 },
  { stride: 32, anchors: 6 },
] as const;
/** Numbers per anchor: box centre and size, then six points. */
const VALUES = 16;

/**
 * Faces in input pixels. The model gives one score tensor and one box tensor per feature map, told apart by their
 * shapes; offsets are in input pixels from the anchor's centre. Points: eyes, nose, mouth, ears (not used).
 */
export function decodeBlazeface(
  outputs: Readonly<Record<string, Tensor>>,
  input: { readonly width: number; readonly height: number },
  options: { readonly minScore: number; readonly nmsIou: number },
): DetectedFace[] {
  const found: DetectedFace[] = [];
  const minLogit = Math.log(options.minScore / (1 - options.minScore));
  for (const { stride, anchors } of MAPS) {
    const columns = input.width / stride;
    const count = columns * (input.height / stride) * anchors;
    const scores = bySize(outputs, count);
    const values = bySize(outputs, count * VALUES);
    for (let i = 0; i < count; i++) {
      const logit = scores[i] as number;
      if (!(logit >= minLogit)) continue;
      const cell = Math.floor(i / anchors);
      const centreX = ((cell % columns) + 0.5) * stride;
      const centreY = (Math.floor(cell / columns) + 0.5) * stride;
      const v = (k: number) => values[i * VALUES + k] as number;
      const point = (k: number): Point => ({ x: centreX + v(4 + 2 * k), y: centreY + v(5 + 2 * k) });
      const [width, height] = [v(2), v(3)];
      found.push({
        box: { x: centreX + v(0) - width / 2, y: centreY + v(1) - height / 2, width, height },
        score: 1 / (1 + Math.exp(-logit)),
        points: { rightEye: point(0), leftEye: point(1), nose: point(2), mouth: point(3) },
      });
    }
  }
  return nonMaximumSuppression(found, options.nmsIou);
}

function bySize(outputs: Readonly<Record<string, Tensor>>, size: number): Float32Array {
  const tensor = Object.values(outputs).find((candidate) => candidate.data.length === size);
  if (tensor === undefined) throw new TypeError(`BlazeFace gave no output of ${size} numbers`);
  return tensor.data;
}
