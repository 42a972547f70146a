import type { RgbImage } from '../core/image.ts';
import type { InputSpec } from '../core/model-pack.ts';
import type { AxisTaps } from './axis-taps.ts';
import { channelPlan } from './channel-plan.ts';
import { ROW_MIX } from './row-mix.ts';

const PAGE_BYTES = 65_536;
/** What the kernel takes at a time. */
const VECTOR_BYTES = 16;
const FLOAT_BYTES = 4;

interface Kernel {
  mixRows(rows: number, stride: number, weights: number, taps: number, out: number): void;
  mixColumns(
    row: number,
    offsets: number,
    weights: number,
    taps: number,
    count: number,
    scale: number,
    red: number,
    green: number,
    blue: number,
    step: number,
  ): void;
}

/**
 * Fills network inputs from pictures that are only scaled and shifted, by a small WebAssembly kernel (`row-mix.wat`):
 * one destination row at a time, first its source rows mixed, then the columns of that. Its memory holds a few rows,
 * however large the picture is.
 */
export class RowMixer {
  readonly #memory = new WebAssembly.Memory({ initial: 1 });
  readonly #kernel: Kernel;

  constructor() {
    const module = new WebAssembly.Module(Uint8Array.from(atob(ROW_MIX), (c) => c.charCodeAt(0)));
    const instance = new WebAssembly.Instance(module, { memory: { rows: this.#memory } });
    this.#kernel = instance.exports as unknown as Kernel;
  }

  /** `columns` and `rows` belong to `spec`'s width and height; where their weights are 0 the input is black. */
  fill(image: RgbImage, columns: AxisTaps, rows: AxisTaps, spec: InputSpec, out: Float32Array): void {
    const { width, height } = spec;
    const { pixelStep, r, g, b } = channelPlan(spec);
    const rowBytes = image.width * 3;
    // the kernel reads a fourth number behind the last pixel
    const stride = aligned(rowBytes + 1);
    const room = this.#room({
      scale: 8 * FLOAT_BYTES,
      rowWeights: rows.count * FLOAT_BYTES,
      offsets: columns.pixels.length * FLOAT_BYTES,
      weights: columns.weights.length * FLOAT_BYTES,
      rows: rows.count * stride,
      mixed: stride * FLOAT_BYTES,
      made: width * 3 * FLOAT_BYTES,
    });
    room.floats('scale').set([r.scale, g.scale, b.scale, 0, r.shift, g.shift, b.shift, 0]);
    room.integers('offsets').set(columns.pixels.map((pixel) => pixel * 3 * FLOAT_BYTES));
    room.floats('weights').set(columns.weights);
    const rowWeights = room.floats('rowWeights');
    const sourceRows = room.bytes('rows');
    const made = room.floats('made');
    // a plane for each channel (NCHW), which the row lies in whole, or one plane of pixels (NHWC)
    const planes = pixelStep === 1 ? [0, 1, 2].map((n) => made.subarray(n * width, (n + 1) * width)) : [made];
    const planeFloats = out.length / planes.length;
    const [red, green, blue] = [r, g, b].map(
      ({ offset }) => room.at.made + (pixelStep === 1 ? offset / height : offset) * FLOAT_BYTES,
    ) as [number, number, number];
    for (let y = 0; y < height; y++) {
      for (let k = 0; k < rows.count; k++) {
        const from = (rows.pixels[y * rows.count + k] as number) * rowBytes;
        sourceRows.set(image.data.subarray(from, from + rowBytes), k * stride);
        rowWeights[k] = rows.weights[y * rows.count + k] as number;
      }
      this.#kernel.mixRows(room.at.rows, stride, room.at.rowWeights, rows.count, room.at.mixed);
      this.#kernel.mixColumns(
        room.at.mixed,
        room.at.offsets,
        room.at.weights,
        columns.count,
        width,
        room.at.scale,
        red,
        green,
        blue,
        pixelStep * FLOAT_BYTES,
      );
      planes.forEach((plane, n) => void out.set(plane, n * planeFloats + y * plane.length));
    }
  }

  /** Places for so many bytes each, one behind the other; good until the next call, which may grow the memory. */
  #room<Name extends string>(bytes: Readonly<Record<Name, number>>) {
    const at = {} as Record<Name, number>;
    let end = 0;
    for (const name of Object.keys(bytes) as Name[]) {
      at[name] = end;
      end += aligned(bytes[name]);
    }
    const missing = end - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE_BYTES));
    const { buffer } = this.#memory;
    return {
      at,
      bytes: (name: Name) => new Uint8Array(buffer, at[name], bytes[name]),
      floats: (name: Name) => new Float32Array(buffer, at[name], bytes[name] / FLOAT_BYTES),
      integers: (name: Name) => new Int32Array(buffer, at[name], bytes[name] / FLOAT_BYTES),
    };
  }
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / VECTOR_BYTES) * VECTOR_BYTES;
}
