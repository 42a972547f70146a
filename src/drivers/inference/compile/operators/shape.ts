import { integerData } from '../emitter.ts';
import { elementCount } from '../json.ts';
import { channelsFirst, NCHW_AXIS } from '../value.ts';
import { axisWithin, contradiction, type Operator, operand } from './operator.ts';

export const identity: Operator = (operands) => operand(operands, 0);

/** One wanted dimension may be −1: what is left over. */
export const reshape: Operator = (operands) => {
  const value = operand(operands, 0);
  const wanted = integerData(operand(operands, 1));
  const known = wanted.filter((dim) => dim !== -1).reduce((product, dim) => product * dim, 1);
  const open = elementCount(value.dims, `the input of ${operands.node.name}`) / known;
  const dims = wanted.map((dim) => (dim === -1 ? open : dim));
  if (wanted.length - wanted.filter((dim) => dim !== -1).length > 1) {
    throw contradiction(operands, `shape ${wanted.join(', ')}`);
  }
  return operands.emit.reshaped(value, dims);
};

/** The axis is the last input. */
export const concat: Operator = (operands) => {
  const { emit, inputs, node } = operands;
  const count = node.attributes.integer('N');
  const values = inputs.slice(0, count);
  const first = operand(operands, 0);
  const rank = first.dims.length;
  if (inputs.length !== count + 1) throw contradiction(operands, `${inputs.length - 1} of ${count} tensors`);
  const axis = axisWithin(operands, integerData(operand(operands, count))[0] ?? 0, rank);
  const fits = values.every(
    ({ dims }) => dims.length === rank && dims.every((dim, at) => at === axis || dim === first.dims[at]),
  );
  if (!fits) throw contradiction(operands, `${values.map(({ dims }) => dims.join('×')).join(' and ')}`);
  const dims = first.dims.map((dim, at) =>
    at === axis ? values.reduce((sum, value) => sum + (value.dims[axis] as number), 0) : dim,
  );
  if (rank !== 4) {
    const tensors = values.map((value) => emit.plain(value));
    return { dims, plain: emit.node('Concat', tensors, { axis: { int: axis } }) };
  }
  const tensors = values.map((value) => emit.nchw(value));
  return { dims, nchw: emit.node('Concat', tensors, { axis: { int: NCHW_AXIS[axis] as number } }) };
};

/** Zeros around the tensor; input 1 holds a pair per axis, before and after. */
export const pad: Operator = (operands) => {
  const { emit } = operands;
  const value = operand(operands, 0);
  const flat = integerData(operand(operands, 1));
  const rank = value.dims.length;
  if (flat.length !== 2 * rank || flat.some((count) => count < 0)) {
    throw contradiction(operands, `paddings ${flat.join(', ')} for ${rank} dimensions`);
  }
  const before = value.dims.map((_, axis) => flat[2 * axis] as number);
  const after = value.dims.map((_, axis) => flat[2 * axis + 1] as number);
  const dims = value.dims.map((dim, axis) => dim + (before[axis] as number) + (after[axis] as number));
  const { tensor, layout } = emit.stored(value);
  const ordered = layout === 'nchw' ? channelsFirst : (list: number[]) => list;
  const pads = emit.integers([...ordered(before), ...ordered(after)]);
  return { dims, [layout]: emit.node('Pad', [tensor, pads]) };
};

/** The mean over the axes in input 1. */
export const mean: Operator = (operands) => {
  const { emit, node } = operands;
  const value = operand(operands, 0);
  const rank = value.dims.length;
  const axes = integerData(operand(operands, 1)).map((axis) => axisWithin(operands, axis, rank));
  const keep = node.attributes.flag('keep_dims');
  const dims = value.dims.flatMap((dim, axis) => (axes.includes(axis) ? (keep ? [1] : []) : [dim]));
  const reduce = (tensor: string, over: readonly number[]) =>
    emit.node('ReduceMean', [tensor], {
      axes: { ints: [...over].sort((a, b) => a - b) },
      keepdims: { int: keep ? 1 : 0 },
    });
  // Channels-first, what remains is in TF.js's order only when rows and columns go, or channels do.
  const sameOrder = axes.includes(3) || (axes.includes(1) && axes.includes(2));
  if (rank !== 4 || !(keep || sameOrder)) return { dims, plain: reduce(emit.plain(value), axes) };
  const tensor = reduce(
    emit.nchw(value),
    axes.map((axis) => NCHW_AXIS[axis] as number),
  );
  return keep ? { dims, nchw: tensor } : { dims, plain: tensor };
};
