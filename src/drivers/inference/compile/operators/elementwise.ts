import { type Emitter, floatData } from '../emitter.ts';
import { NCHW_AXIS, type Value } from '../value.ts';
import { contradiction, type Operands, type Operator, operand } from './operator.ts';

export const relu: Operator = (operands) =>
  operands.emit.clamp(operand(operands, 0), 0, Number.POSITIVE_INFINITY);

export const sigmoid: Operator = (operands) => sigmoidOf(operands.emit, operand(operands, 0));

/**
 * 1 / (1 + exp(−x)), spelled out: onnxruntime's own Sigmoid is a rational approximation that is right to about 1e-7,
 * so that a probability of 1e-5 was 0.6 % off (facemesh's face flag on noise).
 */
export function sigmoidOf(emit: Emitter, value: Value): Value {
  const { tensor, layout } = emit.stored(value);
  const exponential = emit.node('Exp', [emit.node('Neg', [tensor])]);
  const one = emit.floats([], Float32Array.of(1));
  return { dims: value.dims, [layout]: emit.node('Reciprocal', [emit.node('Add', [exponential, one])]) };
}

/** TF.js's softmax is over the last axis. */
export const softmax: Operator = (operands) => {
  const value = operand(operands, 0);
  const rank = value.dims.length;
  if (rank === 0) throw contradiction(operands, 'softmax of a single number');
  const { tensor, layout } = operands.emit.stored(value);
  const axis = layout === 'nchw' ? NCHW_AXIS[3] : rank - 1;
  return {
    dims: value.dims,
    [layout]: operands.emit.node('Softmax', [tensor], { axis: { int: axis } }),
  };
};

export const prelu: Operator = (operands) => preluOf(operands, operand(operands, 0), operand(operands, 1));

/** x where x ≥ 0, else alpha·x; alpha is broadcast to x, never the other way round. */
export function preluOf(operands: Operands, value: Value, alpha: Value): Value {
  const result = broadcast('PRelu', operands, value, alpha);
  if (result.dims.some((dim, axis) => dim !== value.dims[axis])) {
    throw contradiction(operands, 'alpha has more numbers than x');
  }
  return result;
}

export const add: Operator = (operands) => elementwise('Add', operands);
export const multiply: Operator = (operands) => elementwise('Mul', operands);
export const minimum: Operator = (operands) => bounded(operands, 'Min');
export const maximum: Operator = (operands) => bounded(operands, 'Max');

/** Minimum or maximum with one number is a clamp; of two tensors, an operator of its own. */
function bounded(operands: Operands, operator: 'Min' | 'Max'): Value {
  const [value, bound] = [operand(operands, 0), operand(operands, 1)];
  if (bound.constant === undefined || bound.dims.length > 0 || value.constant !== undefined) {
    return elementwise(operator, operands);
  }
  const limit = floatData(bound)[0] as number;
  if (!Number.isFinite(limit)) return elementwise(operator, operands);
  return operator === 'Min'
    ? operands.emit.clamp(value, Number.NEGATIVE_INFINITY, limit)
    : operands.emit.clamp(value, limit, Number.POSITIVE_INFINITY);
}

function elementwise(operator: string, operands: Operands): Value {
  return broadcast(operator, operands, operand(operands, 0), operand(operands, 1));
}

/** NumPy's rule, as TF.js has it: dimensions are compared from the last, and 1 stretches. */
export function broadcast(operator: string, operands: Operands, a: Value, b: Value): Value {
  const { emit } = operands;
  const rank = Math.max(a.dims.length, b.dims.length);
  const [left, right] = [padded(emit, a, rank), padded(emit, b, rank)];
  const dims = left.dims.map((dim, axis) => {
    const other = right.dims[axis] as number;
    if (dim !== other && dim !== 1 && other !== 1) {
      throw contradiction(operands, `${a.dims.join('×')} and ${b.dims.join('×')} do not go together`);
    }
    return Math.max(dim, other);
  });
  if (rank === 4) return { dims, nchw: emit.node(operator, [emit.nchw(left), emit.nchw(right)]) };
  return { dims, plain: emit.node(operator, [emit.plain(left), emit.plain(right)]) };
}

/** Ones before the dimensions: channels-first order needs all four to be there. */
function padded(emit: Emitter, value: Value, rank: number): Value {
  const missing = rank - value.dims.length;
  if (missing === 0) return value;
  return emit.reshaped(value, [...Array<number>(missing).fill(1), ...value.dims]);
}
