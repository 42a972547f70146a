import type { DetectedFace } from '../../core/face.ts';
import type { RgbImage } from '../../core/image.ts';
import type { LandmarkSpec } from '../../core/model-pack.ts';
import type { Model, Tensor } from '../../core/ports/inference.ts';
import { type InferenceTimer, untimed } from '../../runtime/stage-times.ts';
import { decodeFacemesh, type FaceMesh, type MeshLook, meshCrop } from '../../vision/facemesh.ts';
import { warpToTensor } from '../../vision/warp.ts';
import { inputTensor } from './input-tensor.ts';

/** Dense landmarks of one detected face. One caller at a time: the input buffer is reused. */
export class Landmarker {
  readonly #spec: LandmarkSpec;
  readonly #model: Model;
  readonly #input: Tensor;

  constructor(spec: LandmarkSpec, model: Model) {
    this.#spec = spec;
    this.#model = model;
    this.#input = inputTensor(spec.input);
  }

  /** `undefined` when the network sees no face where the detector did. @throws LimenError `inference_failed` */
  async locate(image: RgbImage, face: DetectedFace, timer?: InferenceTimer): Promise<FaceMesh | undefined> {
    const { mesh, presence } = await this.look(image, face, {}, timer);
    return presence >= this.#spec.minPresence ? mesh : undefined;
  }

  /**
   * The mesh as the network tells it, whether it sees a face or not; `presence`, 0 … 1, says that.
   * @throws LimenError `inference_failed`
   */
  async look(
    image: RgbImage,
    face: Pick<DetectedFace, 'box' | 'points'>,
    look: MeshLook,
    timer: InferenceTimer = untimed,
  ): Promise<{ readonly mesh: FaceMesh; readonly presence: number }> {
    const crop = meshCrop(face, this.#spec.input.width, look);
    warpToTensor(image, crop, this.#spec.input, this.#input.data);
    const { points, faceFlag } = this.#spec;
    const run = () => this.#model.run({ [this.#spec.input.tensor]: this.#input }, [points, faceFlag.output]);
    const outputs = await timer(run);
    const values = outputs[points];
    const flag = outputs[faceFlag.output]?.data[0];
    if (values === undefined || flag === undefined) throw new TypeError('the face mesh lacks an output');
    const presence = faceFlag.scale === 'logit' ? 1 / (1 + Math.exp(-flag)) : flag;
    return { mesh: decodeFacemesh(values.data, crop), presence };
  }
}
