import type { DetectedFace } from '../../core/face.ts';
import type { Box, RgbImage } from '../../core/image.ts';
import type { DetectorSpec } from '../../core/model-pack.ts';
import type { Model, Tensor } from '../../core/ports/inference.ts';
import { type InferenceTimer, untimed } from '../../runtime/stage-times.ts';
import { decodeBlazeface } from '../../vision/blazeface.ts';
import { type Letterbox, letterbox, toPicture } from '../../vision/letterbox.ts';
import { warpToTensor } from '../../vision/warp.ts';
import { decodeYunet, YUNET_OUTPUTS } from '../../vision/yunet.ts';
import { inputTensor } from './input-tensor.ts';

export interface Look {
  /** Below 1 shrinks the picture inside the input, for faces that fill it. */
  readonly zoom?: number;
  /** Where to look, picture pixels; the whole picture when absent. */
  readonly part?: Box;
  readonly timer?: InferenceTimer;
}

/** Finds faces in a picture of any size. One caller at a time: the input buffer is reused. */
export class Detector {
  readonly #spec: DetectorSpec;
  readonly #model: Model;
  readonly #input: Tensor;

  constructor(spec: DetectorSpec, model: Model) {
    this.#spec = spec;
    this.#model = model;
    this.#input = inputTensor(spec.input);
  }

  /**
   * Faces in picture pixels, best first.
   * @throws LimenError `inference_failed`
   */
  async detect(image: RgbImage, look: Look = {}): Promise<DetectedFace[]> {
    const { input } = this.#spec;
    const part = look.part ?? { x: 0, y: 0, width: image.width, height: image.height };
    const box = letterbox(part, input.width, input.height, look.zoom ?? 1);
    warpToTensor(image, box.toSource, input, this.#input.data);
    const wanted = this.#spec.kind === 'yunet' ? YUNET_OUTPUTS : undefined;
    const run = () => this.#model.run({ [input.tensor]: this.#input }, wanted);
    const outputs = await (look.timer ?? untimed)(run);
    const decode = this.#spec.kind === 'yunet' ? decodeYunet : decodeBlazeface;
    return decode(outputs, input, this.#spec)
      .map((face) => inPicture(face, box))
      .filter((face) => Number.isFinite(face.box.x + face.box.y + face.box.width + face.box.height));
  }
}

function inPicture(face: DetectedFace, box: Letterbox): DetectedFace {
  const { x, y } = toPicture(box, face.box);
  const { points } = face;
  const corner = (name: 'mouthRight' | 'mouthLeft') => {
    const point = points[name];
    return point === undefined ? {} : { [name]: toPicture(box, point) };
  };
  return {
    score: face.score,
    box: { x, y, width: face.box.width * box.scale, height: face.box.height * box.scale },
    points: {
      rightEye: toPicture(box, points.rightEye),
      leftEye: toPicture(box, points.leftEye),
      nose: toPicture(box, points.nose),
      mouth: toPicture(box, points.mouth),
      ...corner('mouthRight'),
      ...corner('mouthLeft'),
    },
  };
}
