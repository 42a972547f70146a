import { LimenError } from '../../core/errors.ts';
import type { Tensor, TensorSpec } from '../../core/ports/inference.ts';

/** @throws LimenError `inference_failed` unless `inputs` are exactly those of `specs`, in name, dimensions and length */
export function checkInputs(
  model: string,
  specs: readonly TensorSpec[],
  inputs: Readonly<Record<string, Tensor>>,
): void {
  for (const { name, dims } of specs) {
    const tensor = inputs[name];
    if (tensor === undefined) throw refusal(model, `input ${name} is missing`);
    const same = dims.length === tensor.dims.length && dims.every((dim, axis) => dim === tensor.dims[axis]);
    const count = dims.reduce((product, dim) => product * dim, 1);
    if (!same || tensor.data.length !== count) {
      const found = `${tensor.dims.join('×')} with ${tensor.data.length} numbers`;
      throw refusal(model, `input ${name} is ${found}, not ${dims.join('×')}`);
    }
  }
  const unknown = Object.keys(inputs).filter((name) => !specs.some((spec) => spec.name === name));
  if (unknown.length > 0) throw refusal(model, `there is no input ${unknown.join(', ')}`);
}

/** @throws LimenError `inference_failed` when one of `wanted` is not among `outputs` */
export function checkOutputs(model: string, outputs: readonly string[], wanted: readonly string[]): void {
  const unknown = wanted.filter((name) => !outputs.includes(name));
  if (unknown.length > 0) {
    throw refusal(model, `there is no output ${unknown.join(', ')}; there are ${outputs.join(', ')}`);
  }
}

function refusal(model: string, what: string): LimenError {
  return new LimenError('inference_failed', `${model}: ${what}`);
}
