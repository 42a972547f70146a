import { elementCount, isRecord, unreadable } from './json.ts';

export interface Constant {
  readonly dims: readonly number[];
  readonly data: Float32Array | Int32Array;
}

type Quantization =
  | { readonly dtype: 'float16' }
  | { readonly dtype: 'uint8' | 'uint16'; readonly scale: number; readonly min: number };

interface WeightSpec {
  readonly name: string;
  readonly dims: readonly number[];
  readonly dtype: 'float32' | 'int32';
  readonly quantization: Quantization | undefined;
}

const BYTES = { float32: 4, int32: 4, float16: 2, uint16: 2, uint8: 1 } as const;

/**
 * Decodes the weights of a TF.js model by its `weightsManifest`. `bytes` are all shards in manifest order.
 * Quantised values are value × scale + min as TF.js computes them (in double precision, then stored as float32;
 * rounded for int32); float16 is widened.
 * @throws LimenError `model_unreadable` when the manifest is malformed or `bytes` is shorter or longer than it says
 */
export function decodeWeights(manifest: unknown, bytes: Uint8Array): Map<string, Constant> {
  const weights = new Map<string, Constant>();
  let offset = 0;
  for (const spec of parseManifest(manifest)) {
    const count = elementCount(spec.dims, `weight ${spec.name}`);
    const length = count * BYTES[spec.quantization?.dtype ?? spec.dtype];
    if (offset + length > bytes.byteLength) {
      throw unreadable(`weights end at byte ${bytes.byteLength}, within ${spec.name}`);
    }
    // The copy gives the alignment that typed arrays need; `slice` of a Buffer would be none.
    const data = decode(spec, new Uint8Array(bytes.subarray(offset, offset + length)));
    if (weights.has(spec.name)) throw unreadable(`weight ${spec.name} occurs twice`);
    weights.set(spec.name, { dims: spec.dims, data });
    offset += length;
  }
  if (offset !== bytes.byteLength) {
    throw unreadable(`the manifest describes ${offset} bytes of weights, there are ${bytes.byteLength}`);
  }
  return weights;
}

function parseManifest(manifest: unknown): WeightSpec[] {
  if (!Array.isArray(manifest)) throw unreadable('there is no weightsManifest');
  return manifest.flatMap((group: unknown) => {
    const specs = isRecord(group) ? group.weights : undefined;
    if (!Array.isArray(specs)) throw unreadable('a group of the weightsManifest has no weights');
    return specs.map(parseSpec);
  });
}

function parseSpec(spec: unknown): WeightSpec {
  if (!isRecord(spec) || typeof spec.name !== 'string') throw unreadable('a weight has no name');
  const { name, shape, dtype } = spec;
  if (!Array.isArray(shape)) throw unreadable(`weight ${name} has no shape`);
  if (dtype !== 'float32' && dtype !== 'int32')
    throw unreadable(`weight ${name} is of type ${String(dtype)}`);
  const quantization = spec.quantization === undefined ? undefined : parseQuantization(name, spec);
  if (quantization?.dtype === 'float16' && dtype !== 'float32') {
    throw unreadable(`weight ${name} is float16 but not of type float32`);
  }
  return { name, dims: shape.map(Number), dtype, quantization };
}

function parseQuantization(name: string, spec: Record<string, unknown>): Quantization {
  const { dtype, scale, min } = isRecord(spec.quantization) ? spec.quantization : {};
  if (dtype === 'float16') return { dtype };
  if (
    (dtype === 'uint8' || dtype === 'uint16') &&
    typeof scale === 'number' &&
    typeof min === 'number' &&
    Number.isFinite(scale) &&
    Number.isFinite(min)
  ) {
    return { dtype, scale, min };
  }
  throw unreadable(`weight ${name} is quantised in an unknown way`);
}

function decode({ dtype, quantization }: WeightSpec, bytes: Uint8Array): Float32Array | Int32Array {
  if (quantization === undefined) {
    return dtype === 'float32' ? new Float32Array(bytes.buffer) : new Int32Array(bytes.buffer);
  }
  if (quantization.dtype === 'float16') return widenHalves(new Uint16Array(bytes.buffer));
  const stored = quantization.dtype === 'uint8' ? bytes : new Uint16Array(bytes.buffer);
  const { scale, min } = quantization;
  return dtype === 'float32'
    ? Float32Array.from(stored, (value) => value * scale + min)
    : Int32Array.from(stored, (value) => Math.round(value * scale + min));
}

/** IEEE 754 binary16 to binary32, exactly. */
function widenHalves(halves: Uint16Array): Float32Array {
  const words = new Uint32Array(halves.length);
  const floats = new Float32Array(words.buffer);
  halves.forEach((half, index) => {
    const sign = (half & 0x8000) * 0x10000;
    const exponent = (half >> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 0) floats[index] = (sign === 0 ? 1 : -1) * fraction * 2 ** -24;
    // The exponent's bias goes from 15 to 127; all ones, infinity and NaN, stay all ones.
    else words[index] = sign + (exponent === 0x1f ? 0xff : exponent + 112) * 0x800000 + fraction * 0x2000;
  });
  return floats;
}
