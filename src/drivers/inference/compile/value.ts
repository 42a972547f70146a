import type { Constant } from './weights.ts';

/**
 * What a graph node computes. Dimensions are TF.js's (NHWC for four of them). The tensor itself is written to the
 * ONNX graph only when somebody asks the emitter for it, in either layout or both.
 */
export interface Value {
  readonly dims: readonly number[];
  readonly constant?: Constant;
  /** min(max(source, low), high), not written yet: chains of Relu, Minimum and Maximum become one node. */
  readonly clamp?: { readonly source: Value; readonly low: number; readonly high: number };
  /** Tensor name in TF.js's order. */
  plain?: string;
  /** Tensor name in channels-first order; four dimensions only. */
  nchw?: string;
}

/** Channels-first position of an NHWC axis. */
export const NCHW_AXIS = [0, 2, 3, 1] as const;

/** NHWC dimensions, or anything else listed per NHWC axis, in channels-first order. */
export function channelsFirst<T>(list: readonly T[]): T[] {
  const [n, h, w, c] = list as readonly [T, T, T, T];
  return [n, c, h, w];
}

/** Reorders dense data of four axes: axis i of the result is axis `order[i]` of the source. */
export function permute(data: Float32Array, dims: readonly number[], order: readonly number[]): Float32Array {
  const strides = dims.map((_, axis) => dims.slice(axis + 1).reduce((product, dim) => product * dim, 1));
  const [n0, n1, n2, n3] = order.map((axis) => dims[axis]) as [number, number, number, number];
  const [s0, s1, s2, s3] = order.map((axis) => strides[axis]) as [number, number, number, number];
  const result = new Float32Array(data.length);
  let to = 0;
  for (let a = 0; a < n0; a++) {
    for (let b = 0; b < n1; b++) {
      for (let c = 0; c < n2; c++) {
        for (let d = 0; d < n3; d++) result[to++] = data[a * s0 + b * s1 + c * s2 + d * s3] as number;
      }
    }
  }
  return result;
}
