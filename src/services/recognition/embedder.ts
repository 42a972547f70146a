import { centred, normalise } from '../../core/embedding.ts';
import type { FacePoints } from '../../core/face.ts';
import type { RgbImage } from '../../core/image.ts';
import type { EmbedderSpec } from '../../core/model-pack.ts';
import type { Model, Tensor } from '../../core/ports/inference.ts';
import { type InferenceTimer, untimed } from '../../runtime/stage-times.ts';
import { alignmentOf } from '../../vision/alignment.ts';
import { warpToTensor } from '../../vision/warp.ts';
import { inputTensor } from './input-tensor.ts';

/** Turns one aligned face into its embedding. One caller at a time: the input buffer is reused. */
export class Embedder {
  readonly #spec: EmbedderSpec;
  readonly #model: Model;
  readonly #input: Tensor;

  constructor(spec: EmbedderSpec, model: Model) {
    this.#spec = spec;
    this.#model = model;
    this.#input = inputTensor(spec.input);
  }

  get modelId(): string {
    return this.#spec.modelId;
  }

  /** L2-normalised, `spec.length` numbers. @throws LimenError `inference_failed` */
  async embed(image: RgbImage, points: FacePoints, timer: InferenceTimer = untimed): Promise<Float32Array> {
    const { input, alignment, output, centre } = this.#spec;
    warpToTensor(image, alignmentOf(points, alignment, input), input, this.#input.data);
    const outputs = await timer(() => this.#model.run({ [input.tensor]: this.#input }, [output]));
    const tensor = outputs[output];
    if (tensor === undefined) throw new TypeError(`the embedding model gave no ${output}`);
    const embedding = normalise(Float32Array.from(tensor.data));
    return centre === undefined ? embedding : centred(embedding, centre);
  }
}
