import type { TensorSpec } from '../../../core/ports/inference.ts';
import { elementCount, shown, unreadable } from './json.ts';
import type { OnnxAttribute, OnnxGraph, OnnxInitializer, OnnxNode } from './onnx-model.ts';
import { channelsFirst, permute, type Value } from './value.ts';

/**
 * Collects the ONNX graph while operators are translated, and changes layouts where they must change: images are
 * channels-first inside, and a tensor is transposed at most once each way. TF.js node names hold no colon, so the
 * names made here (`t:1`, `w:1`) cannot meet those of inputs and outputs.
 */
export class Emitter {
  readonly #inputs: TensorSpec[] = [];
  readonly #outputs: TensorSpec[] = [];
  readonly #initializers: OnnxInitializer[] = [];
  readonly #nodes: OnnxNode[] = [];

  get graph(): OnnxGraph {
    return {
      inputs: this.#inputs,
      outputs: this.#outputs,
      initializers: this.#initializers,
      nodes: this.#nodes,
    };
  }

  input(name: string, dims: readonly number[]): Value {
    this.#inputs.push({ name, dims });
    return { dims, plain: name };
  }

  output(name: string, value: Value): void {
    this.#nodes.push({
      operator: 'Identity',
      inputs: [this.plain(value)],
      outputs: [name],
      attributes: {},
    });
    this.#outputs.push({ name, dims: value.dims });
  }

  /** Writes a node with one output and gives that output's name. An empty input name leaves an optional input out. */
  node(
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
  ): string {
    const output = `t:${this.#nodes.length}`;
    this.#nodes.push({ operator, inputs, outputs: [output], attributes });
    return output;
  }

  floats(dims: readonly number[], data: Float32Array): string {
    return this.#initializer(dims, data);
  }

  integers(values: readonly number[]): string {
    return this.#initializer([values.length], BigInt64Array.from(values, BigInt));
  }

  /** The tensor in TF.js's order. */
  plain(value: Value): string {
    if (value.plain !== undefined) return value.plain;
    if (value.constant !== undefined) {
      value.plain = this.floats(value.dims, floatData(value));
      return value.plain;
    }
    this.stored(value);
    if (value.plain === undefined) {
      const [, height, width] = value.dims;
      // One pixel lies the same in both layouts.
      value.plain =
        height === 1 && width === 1
          ? this.node('Reshape', [value.nchw as string, this.integers(value.dims)])
          : this.node('Transpose', [value.nchw as string], { perm: { ints: [0, 2, 3, 1] } });
    }
    return value.plain;
  }

  /** The tensor in channels-first order; `value` has four dimensions. */
  nchw(value: Value): string {
    if (value.nchw !== undefined) return value.nchw;
    if (value.dims.length !== 4) throw unreadable(`an image was expected, not ${shown(value.dims)}`);
    const order = [0, 3, 1, 2];
    if (value.constant !== undefined) {
      const data = permute(floatData(value), value.dims, order);
      value.nchw = this.floats(channelsFirst(value.dims), data);
      return value.nchw;
    }
    this.stored(value);
    value.nchw ??= this.node('Transpose', [value.plain as string], { perm: { ints: order } });
    return value.nchw;
  }

  /** The tensor in the layout that it already has, channels-first when it has both. */
  stored(value: Value): { readonly tensor: string; readonly layout: 'plain' | 'nchw' } {
    if (value.clamp !== undefined && value.plain === undefined && value.nchw === undefined) {
      const { source, low, high } = value.clamp;
      const { tensor, layout } = this.stored(source);
      value[layout] = this.#clamped(tensor, low, high);
    }
    if (value.nchw !== undefined) return { tensor: value.nchw, layout: 'nchw' };
    return { tensor: value.plain ?? this.plain(value), layout: 'plain' };
  }

  /** min(max(value, low), high) */
  clamp(value: Value, low: number, high: number): Value {
    const inner = value.clamp;
    if (inner === undefined || value.plain !== undefined || value.nchw !== undefined) {
      return { dims: value.dims, clamp: { source: value, low, high } };
    }
    const within = (bound: number) => Math.min(Math.max(bound, low), high);
    return {
      dims: value.dims,
      clamp: { source: inner.source, low: within(inner.low), high: within(inner.high) },
    };
  }

  /** The same numbers in TF.js's order under other dimensions. */
  reshaped(value: Value, dims: readonly number[]): Value {
    const count = elementCount(value.dims, 'a reshaped tensor');
    if (elementCount(dims, 'a reshaped tensor') !== count) {
      throw unreadable(`${shown(value.dims)} cannot become ${shown(dims)}`);
    }
    if (value.constant !== undefined) return { dims, constant: { dims, data: value.constant.data } };
    return { dims, plain: this.node('Reshape', [this.plain(value), this.integers(dims)]) };
  }

  #clamped(tensor: string, low: number, high: number): string {
    if (low === 0 && high === Number.POSITIVE_INFINITY) return this.node('Relu', [tensor]);
    const bound = (value: number) => (Number.isFinite(value) ? this.floats([], Float32Array.of(value)) : '');
    return this.node('Clip', [tensor, bound(low), bound(high)]);
  }

  #initializer(dims: readonly number[], data: Float32Array | BigInt64Array): string {
    const name = `w:${this.#initializers.length}`;
    this.#initializers.push({ name, dims, data });
    return name;
  }
}

/** A constant's numbers. @throws LimenError `model_unreadable` unless it is a float constant */
export function floatData(value: Value): Float32Array {
  const data = value.constant?.data;
  if (!(data instanceof Float32Array)) throw unreadable('a float32 constant was expected');
  return data;
}

/** A constant's integers. @throws LimenError `model_unreadable` unless it is an int32 constant */
export function integerData(value: Value): number[] {
  const data = value.constant?.data;
  if (!(data instanceof Int32Array)) throw unreadable('an int32 constant was expected');
  return [...data];
}
