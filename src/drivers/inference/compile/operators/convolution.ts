import { floatData } from '../emitter.ts';
import { permute, type Value } from '../value.ts';
import { type Fusion, fusion } from './fused.ts';
import { contradiction, type Operands, type Operator, operandOfRank } from './operator.ts';
import { planar, windowOf } from './window.ts';

/** `Conv2D`: the filter is height × width × in × out. */
export const convolution: Operator = (operands) => ordinary(operands, () => undefined);

/** `_FusedConv2D`: a convolution, bias and activation. */
export const fusedConvolution: Operator = (operands) =>
  ordinary(operands, (channels) => fusion(operands, channels));

function ordinary(operands: Operands, fused: (channels: number) => Fusion | undefined): Value {
  const filter = operandOfRank(operands, 1, 4);
  const [height, width, channelsIn, channels] = filter.dims as [number, number, number, number];
  const weights = permute(floatData(filter), filter.dims, [3, 2, 0, 1]);
  const kernel = { weights, dims: [channels, channelsIn, height, width], channelsIn, group: 1 };
  return convolve(operands, kernel, fused(channels));
}

/** `DepthwiseConv2dNative`: the filter is height × width × in × multiplier; out channel is in × multiplier + m. */
export const depthwiseConvolution: Operator = (operands) => {
  const filter = operandOfRank(operands, 1, 4);
  const [height, width, channelsIn, multiplier] = filter.dims as [number, number, number, number];
  const weights = permute(floatData(filter), filter.dims, [2, 3, 0, 1]);
  const dims = [channelsIn * multiplier, 1, height, width];
  return convolve(operands, { weights, dims, channelsIn, group: channelsIn }, undefined);
};

interface Kernel {
  readonly weights: Float32Array;
  /** ONNX order: out × in per group × height × width. */
  readonly dims: readonly number[];
  readonly channelsIn: number;
  readonly group: number;
}

function convolve(operands: Operands, kernel: Kernel, fused: Fusion | undefined): Value {
  const { emit } = operands;
  const image = imageOf(operands);
  const [channels, , height, width] = kernel.dims as [number, number, number, number];
  if (image.channels !== kernel.channelsIn) {
    throw contradiction(operands, `filter for ${kernel.channelsIn} channels on ${image.channels}`);
  }
  const window = windowOf(operands, image, [height, width]);
  const inputs = [emit.nchw(image.value), emit.floats(kernel.dims, kernel.weights)];
  if (fused?.bias !== undefined) inputs.push(emit.floats([channels], fused.bias));
  const nchw = emit.node('Conv', inputs, {
    dilations: { ints: window.dilations },
    group: { int: kernel.group },
    kernel_shape: { ints: [height, width] },
    pads: { ints: window.pads },
    strides: { ints: window.strides },
  });
  const value: Value = { dims: [image.batch, ...window.size, channels], nchw };
  return fused?.activate(value) ?? value;
}

/** `MaxPool`: padding never wins, in TF.js as in ONNX. */
export const maxPool: Operator = (operands) => {
  const image = imageOf(operands);
  const kernel = planar(operands, 'ksize');
  const window = windowOf(operands, image, kernel);
  const nchw = operands.emit.node('MaxPool', [operands.emit.nchw(image.value)], {
    kernel_shape: { ints: kernel },
    pads: { ints: window.pads },
    strides: { ints: window.strides },
  });
  return { dims: [image.batch, ...window.size, image.channels], nchw };
};

interface Image {
  readonly value: Value;
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

function imageOf(operands: Operands): Image {
  const format = operands.node.attributes.string('data_format');
  if (format !== 'NHWC') throw contradiction(operands, `data format ${format}, only NHWC is known`);
  const value = operandOfRank(operands, 0, 4);
  const [batch, height, width, channels] = value.dims as [number, number, number, number];
  return { value, batch, height, width, channels };
}
