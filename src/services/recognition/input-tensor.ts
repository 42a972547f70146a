import { type InputSpec, inputDims } from '../../core/model-pack.ts';
import type { Tensor } from '../../core/ports/inference.ts';

/** A buffer for one network's input, to be filled again for every picture. */
export function inputTensor(spec: InputSpec): Tensor {
  return { dims: inputDims(spec), data: new Float32Array(3 * spec.width * spec.height) };
}
