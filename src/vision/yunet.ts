import type { DetectedFace } from '../core/face.ts';
import type { Point } from '../core/image.ts';
import type { Tensor } from '../core/ports/inference.ts';
import { nonMaximumSuppression } from './nms.ts';

/** Feature map strides of YuNet (Wu, Peng, Yu: "YuNet: A Tiny Millisecond-level Face Detector", 2023). */
const STRIDES = [8, 16, 32] as const;

/** Outputs that `decodeYunet` reads. */
export const YUNET_OUTPUTS = STRIDES.flatMap((s) => [`cls_${s}`, `obj_${s}`, `bbox_${s}`, `kps_${s}`]);

/**
 * Faces in input pixels. Score = √(cls · obj); box centre = (cell + t) · stride, size = exp(t) · stride; points
 * = (cell + t) · stride in the order right eye, left eye, nose, right and left corner of the mouth.
 */
export function decodeYunet(
  outputs: Readonly<Record<string, Tensor>>,
  input: { readonly width: number; readonly height: number },
  options: { readonly minScore: number; readonly nmsIou: number },
): DetectedFace[] {
  const found: DetectedFace[] = [];
  const minProduct = options.minScore ** 2;
  for (const stride of STRIDES) {
    const columns = Math.floor(input.width / stride);
    const cls = data(outputs, `cls_${stride}`);
    const obj = data(outputs, `obj_${stride}`);
    const boxes = data(outputs, `bbox_${stride}`);
    const points = data(outputs, `kps_${stride}`);
    for (let i = 0; i < cls.length; i++) {
      const product = clamp01(cls[i] as number) * clamp01(obj[i] as number);
      if (!(product >= minProduct)) continue;
      const [column, row] = [i % columns, Math.floor(i / columns)];
      const width = Math.exp(boxes[i * 4 + 2] as number) * stride;
      const height = Math.exp(boxes[i * 4 + 3] as number) * stride;
      const x = (column + (boxes[i * 4] as number)) * stride - width / 2;
      const y = (row + (boxes[i * 4 + 1] as number)) * stride - height / 2;
      const point = (k: number): Point => ({
        x: (column + (points[i * 10 + k * 2] as number)) * stride,
        y: (row + (points[i * 10 + k * 2 + 1] as number)) * stride,
      });
      const [mouthRight, mouthLeft] = [point(3), point(4)];
      found.push({
        box: { x, y, width, height },
        score: Math.sqrt(product),
        points: {
          rightEye: point(0),
          leftEye: point(1),
          nose: point(2),
          mouth: { x: (mouthRight.x + mouthLeft.x) / 2, y: (mouthRight.y + mouthLeft.y) / 2 },
          mouthRight,
          mouthLeft,
        },
      });
    }
  }
  return nonMaximumSuppression(found, options.nmsIou);
}

function data(outputs: Readonly<Record<string, Tensor>>, name: string): Float32Array {
  const tensor = outputs[name];
  if (tensor === undefined) throw new TypeError(`YuNet output ${name} is missing`);
  return tensor.data;
}

function clamp01(value: number): number {
  return Math.min(1, Math.max(0, value));
}
