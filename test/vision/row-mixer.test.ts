import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RgbImage } from '../../src/core/image.ts';
import type { InputSpec } from '../../src/core/model-pack.ts';
import { type AxisTaps, bilinearTaps, meanTaps } from '../../src/vision/axis-taps.ts';
import { RowMixer } from '../../src/vision/row-mixer.ts';

const mixer = new RowMixer();

/** Every byte another, the same in every run. */
function noise(width: number, height: number): RgbImage {
  const data = new Uint8Array(width * height * 3);
  let state = 1;
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    data[i] = state >>> 24;
  }
  return { width, height, data };
}

/** What the kernel is for, pixel by pixel in double precision. */
function plain(image: RgbImage, columns: AxisTaps, rows: AxisTaps, spec: InputSpec): Float32Array {
  const { width, height, layout, channels, mean, std } = spec;
  const out = new Float32Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (const position of [0, 1, 2] as const) {
        const colour = channels === 'RGB' ? position : 2 - position;
        let sum = 0;
        for (let j = y * rows.count; j < (y + 1) * rows.count; j++) {
          for (let i = x * columns.count; i < (x + 1) * columns.count; i++) {
            const pixel = (rows.pixels[j] as number) * image.width + (columns.pixels[i] as number);
            const weight = (rows.weights[j] as number) * (columns.weights[i] as number);
            sum += weight * (image.data[pixel * 3 + colour] as number);
          }
        }
        const at = layout === 'NCHW' ? (position * height + y) * width + x : (y * width + x) * 3 + position;
        out[at] = (sum - mean[position]) / std[position];
      }
    }
  }
  return out;
}

describe('the kernel gives what a plain loop gives', () => {
  for (const [source, destination] of [
    [
      [64, 48],
      [64, 40],
    ],
    [
      [53, 31],
      [47, 64],
    ],
    [
      [1, 1],
      [9, 7],
    ],
    [
      [150, 90],
      [31, 33],
    ],
    [
      [301, 7],
      [40, 16],
    ],
    // larger than what the first page of its memory holds
    [
      [9_001, 12],
      [640, 6],
    ],
  ] as const) {
    for (const taps of [bilinearTaps, meanTaps]) {
      for (const layout of ['NCHW', 'NHWC'] as const) {
        for (const channels of ['RGB', 'BGR'] as const) {
          const name = `${source.join('×')} to ${destination.join('×')}, ${taps.name}, ${layout}, ${channels}`;
          test(name, () => {
            const image = noise(source[0], source[1]);
            const [width, height] = destination;
            const [mean, std] = [
              [103, 117, 123],
              [2, 3, 4],
            ] as const;
            const spec: InputSpec = { tensor: 'input', width, height, layout, channels, mean, std };
            const scale = Math.max(source[0] / width, source[1] / height);
            // in the middle, as a letterbox does it: black at two sides
            const shift = (n: 0 | 1) => (source[n] - destination[n] * scale) / 2;
            const columns = taps(scale, shift(0), width, source[0]);
            const rows = taps(scale, shift(1), height, source[1]);
            const out = new Float32Array(width * height * 3).fill(Number.NaN);
            mixer.fill(image, columns, rows, spec, out);
            const expected = plain(image, columns, rows, spec);
            for (const [i, value] of out.entries()) {
              assert.ok(
                Math.abs(value - (expected[i] as number)) < 1e-3,
                `${i}: ${value}, not ${expected[i]}`,
              );
            }
          });
        }
      }
    }
  }
});

describe('what makes up a pixel', () => {
  const cases = [
    ['bilinearTaps', bilinearTaps, 1.25],
    ['bilinearTaps, growing', bilinearTaps, 0.3],
    ['meanTaps', meanTaps, 2.7],
    ['meanTaps, beyond its taps', meanTaps, 7.9],
  ] as const;
  for (const [name, taps, scale] of cases) {
    test(`${name}: weights add up to one inside and to nothing outside, and lie about where they should`, () => {
      const [length, sourceLength, shift] = [40, Math.round(20 * scale), -9 * scale];
      const { count, pixels, weights } = taps(scale, shift, length, sourceLength);
      for (let n = 0; n < length; n++) {
        const own = Array.from({ length: count }, (_, k) => n * count + k);
        const sum = own.reduce((total, i) => total + (weights[i] as number), 0);
        const centre = scale * (n + 0.5) + shift;
        if (centre < 0 || centre > sourceLength) assert.equal(sum, 0, `${n}`);
        if (centre < scale || centre > sourceLength - scale) continue;
        assert.ok(Math.abs(sum - 1) < 1e-6, `${n}: ${sum}`);
        const mean = own.reduce(
          (total, i) => total + (weights[i] as number) * ((pixels[i] as number) + 0.5),
          0,
        );
        assert.ok(Math.abs(mean - centre) <= 0.51, `${n}: ${mean}, not ${centre}`);
      }
      assert.ok(pixels.every((pixel) => pixel >= 0 && pixel < sourceLength));
    });
  }

  test('a map without numbers makes nothing', () => {
    for (const taps of [bilinearTaps, meanTaps]) {
      assert.ok(taps(Number.NaN, 0, 8, 8).weights.every((weight) => weight === 0));
    }
  });
});
