import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { elements, randomNumbers } from './random-numbers.ts';

type Attribute = Record<string, unknown>;

interface NodeJson {
  name: string;
  op: string;
  input: string[];
  attr: Record<string, Attribute>;
}

interface WeightJson {
  name: string;
  shape: number[];
  dtype: string;
  quantization?: object;
}

export const integers = (...values: number[]): Attribute => ({ list: { i: values.map(String) } });
export const text = (value: string): Attribute => ({ s: Buffer.from(value).toString('base64') });
export const texts = (...values: string[]): Attribute => ({
  list: { s: values.map((value) => Buffer.from(value).toString('base64')) },
});
export const integer = (value: number): Attribute => ({ i: String(value) });
export const flag = (value: boolean): Attribute => ({ b: value });

/** Writes small TF.js graph models by hand, as its converter would. Methods give the name of the node they add. */
export class GraphModelBuilder {
  readonly #nodes: NodeJson[] = [];
  readonly #weights: WeightJson[] = [];
  readonly #bytes: Uint8Array[] = [];
  #seed = 1;

  placeholder(...dims: number[]): string {
    const shape = { shape: { dim: dims.map((size) => ({ size: String(size) })) } };
    return this.#add('Placeholder', [], { dtype: { type: 'DT_FLOAT' }, shape });
  }

  /** A float constant of these dimensions with random numbers. */
  floats(...dims: number[]): string {
    return this.constant('float32', dims, randomNumbers(elements(dims), this.#seed++));
  }

  /** A float constant without dimensions. */
  number(value: number): string {
    return this.constant('float32', [], Float32Array.of(value));
  }

  integers(dims: number[], ...values: number[]): string {
    return this.constant('int32', dims, Int32Array.from(values));
  }

  constant(
    dtype: string,
    shape: number[],
    data: Float32Array | Int32Array | Uint16Array | Uint8Array,
    quantization?: object,
  ): string {
    const name = this.#add('Const', [], { dtype: { type: dtype === 'int32' ? 'DT_INT32' : 'DT_FLOAT' } });
    this.#weights.push({ name, shape, dtype, ...(quantization === undefined ? {} : { quantization }) });
    this.#bytes.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    return name;
  }

  node(op: string, input: string[], attr: Record<string, Attribute> = {}): string {
    return this.#add(op, input, { T: { type: 'DT_FLOAT' }, ...attr });
  }

  json(): string {
    return JSON.stringify({
      format: 'graph-model',
      modelTopology: { node: this.#nodes, library: {}, versions: {} },
      weightsManifest: [{ paths: ['model.bin'], weights: this.#weights }],
    });
  }

  weights(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#bytes));
  }

  /** Gives the path of model.json. */
  write(folder: string): string {
    const path = join(folder, 'model.json');
    writeFileSync(path, this.json());
    writeFileSync(join(folder, 'model.bin'), this.weights());
    return path;
  }

  #add(op: string, input: string[], attr: Record<string, Attribute>): string {
    const name = `${op}_${this.#nodes.length}`;
    this.#nodes.push({ name, op, input, attr });
    return name;
  }
}

/** Attributes of the operators that move a kernel over an image. */
export function windowed(options: {
  stride?: number;
  padding?: 'SAME' | 'VALID' | 'EXPLICIT';
  dilation?: number;
  explicit?: number[];
}): Record<string, Attribute> {
  const { stride = 1, padding = 'SAME', dilation = 1, explicit = [] } = options;
  return {
    strides: integers(1, stride, stride, 1),
    dilations: integers(1, dilation, dilation, 1),
    padding: text(padding),
    explicit_paddings: explicit.length === 0 ? { list: {} } : integers(...explicit),
    data_format: text('NHWC'),
  };
}
