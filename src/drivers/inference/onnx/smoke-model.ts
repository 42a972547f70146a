import { encodeOnnxModel, type OnnxInitializer } from '../compile/onnx-model.ts';

const SIDE = 32;
const CHANNELS = 16;
const CLASSES = 8;

/** Dimensions of the smoke model's input `image`; its output is `result`, 1×8. */
export const SMOKE_DIMS: readonly number[] = [1, 3, SIDE, SIDE];

/** Evenly spread numbers in −1 … 1 without a pattern (golden-ratio sequence): the same on every machine. */
export function spreadNumbers(count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, index) => 2 * ((index * 0.618033988749895) % 1) - 1);
}

/**
 * A network of a few thousand weights with the operators that face networks live on. What a provider computes for it
 * is compared with the CPU before the provider is trusted.
 */
export function smokeModel(): Uint8Array {
  const floats = (name: string, ...dims: number[]): OnnxInitializer => ({
    name,
    dims,
    data: spreadNumbers(dims.reduce((product, dim) => product * dim, 1)),
  });
  const node = (operator: string, inputs: string[], output: string, attributes = {}) => ({
    operator,
    inputs,
    outputs: [output],
    attributes,
  });
  const kernel = { kernel_shape: { ints: [3, 3] }, pads: { ints: [1, 1, 1, 1] } };
  const graph = {
    inputs: [{ name: 'image', dims: SMOKE_DIMS }],
    outputs: [{ name: 'result', dims: [1, CLASSES] }],
    initializers: [
      floats('filter', CHANNELS, 3, 3, 3),
      floats('bias', CHANNELS),
      floats('depthwise', CHANNELS, 1, 3, 3),
      floats('alpha', CHANNELS, 1, 1),
      floats('matrix', CHANNELS, CLASSES),
      floats('offset', CLASSES),
    ],
    nodes: [
      node('Conv', ['image', 'filter', 'bias'], 'a', { ...kernel, strides: { ints: [2, 2] } }),
      node('PRelu', ['a', 'alpha'], 'b'),
      node('Conv', ['b', 'depthwise'], 'c', { ...kernel, group: { int: CHANNELS } }),
      node('Add', ['b', 'c'], 'd'),
      node('MaxPool', ['d'], 'e', { kernel_shape: { ints: [2, 2] }, strides: { ints: [2, 2] } }),
      node('ReduceMean', ['e'], 'f', { axes: { ints: [2, 3] }, keepdims: { int: 0 } }),
      node('Gemm', ['f', 'matrix', 'offset'], 'result'),
    ],
  };
  return encodeOnnxModel(graph, 'smoke');
}
