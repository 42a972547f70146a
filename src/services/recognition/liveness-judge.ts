import type { Box, RgbImage } from '../../core/image.ts';
import type { LivenessSpec } from '../../core/model-pack.ts';
import type { Model, Tensor } from '../../core/ports/inference.ts';
import { type InferenceTimer, untimed } from '../../runtime/stage-times.ts';
import { isFramed } from '../../vision/face-frame.ts';
import { livenessCrop, sampleCrop } from '../../vision/liveness-crop.ts';
import { inputTensor } from './input-tensor.ts';

type JudgingSpec = Extract<LivenessSpec, { kind: 'minifasnet' }>;

interface Network {
  readonly spec: JudgingSpec['models'][number];
  readonly model: Model;
  readonly input: Tensor;
}

/**
 * What a look at a face with straight edges all round it counts less: it must look clearly live, 0.8 where others need
 * 0.4. Not more, since somebody may stand behind a hatch.
 */
const FRAMED_COST = 0.4;

/** What one look at a face says. */
export interface LivenessLook {
  /** 0 … 1 */
  readonly live: number;
  /** Straight edges frame the face, which `live` has been lowered for. */
  readonly framed: boolean;
}

/** Scores how live one face looks in one picture. One caller at a time: the input buffers are reused. */
export class LivenessJudge {
  readonly #liveClass: number;
  readonly #networks: readonly Network[];

  /** `model` gives the loaded network for an id of the spec. */
  constructor(spec: JudgingSpec, model: (id: string) => Model) {
    this.#liveClass = spec.liveClass;
    this.#networks = spec.models.map((each) => ({
      spec: each,
      model: model(each.model),
      input: inputTensor(each.input),
    }));
  }

  /**
   * Probability of the live class, 0 … 1, averaged over the networks, 0.4 less for a face in a frame. `undefined` when the box cannot be judged in
   * this picture or a network answers no number: nothing is known then, and nothing is granted on it.
   * @throws LimenError `inference_failed`
   */
  async judge(image: RgbImage, box: Box, timer: InferenceTimer = untimed): Promise<LivenessLook | undefined> {
    let sum = 0;
    for (const { spec, model, input } of this.#networks) {
      const crop = livenessCrop(box, image, spec.boxScale, spec.input);
      if (crop === undefined) return undefined;
      sampleCrop(image, crop, spec.input, input.data);
      const outputs = await timer(() => model.run({ [spec.input.tensor]: input }));
      const logits = Object.values(outputs)[0]?.data ?? [];
      sum += softmax(logits)[this.#liveClass] ?? Number.NaN;
    }
    const live = sum / this.#networks.length;
    if (!Number.isFinite(live)) return undefined;
    const framed = isFramed(image, box);
    return { live: framed ? Math.max(0, live - FRAMED_COST) : live, framed };
  }
}

/** NaN everywhere when any value is not a number. */
function softmax(logits: ArrayLike<number>): number[] {
  const values = Array.from(logits);
  const largest = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - largest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}
