import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PpmParser } from '../../../src/drivers/media/ppm-parser.ts';

function ppm(width: number, height: number, fill: number): Uint8Array {
  return Buffer.concat([
    Buffer.from(`P6\n${width} ${height}\n255\n`),
    Buffer.alloc(width * height * 3, fill),
  ]);
}

function parseAll(parser: PpmParser, chunks: readonly Uint8Array[]) {
  const images: { width: number; height: number; data: Uint8Array }[] = [];
  for (const chunk of chunks) {
    let offset = 0;
    while (offset < chunk.length) {
      const taken = parser.take(chunk, offset);
      offset = taken.offset;
      if (taken.image !== undefined) images.push(taken.image);
    }
  }
  return images;
}

test('pictures come out whole however the stream is chopped', () => {
  const sizes: [number, number][] = [
    [7, 5],
    [1, 1],
    [16, 3],
  ];
  const stream = Buffer.concat(sizes.map(([width, height], i) => ppm(width, height, i + 1)));
  fc.assert(
    fc.property(fc.array(fc.nat(stream.length), { maxLength: 12 }), (cuts) => {
      const places = [0, ...cuts.sort((a, b) => a - b), stream.length];
      const chunks = places.slice(1).map((end, i) => stream.subarray(places[i], end));
      const parser = new PpmParser(1000);
      const images = parseAll(parser, chunks);
      assert.deepEqual(
        images.map(({ width, height }) => [width, height]),
        sizes,
      );
      for (const [i, { data }] of images.entries()) assert.ok(data.every((value) => value === i + 1));
      assert.ok(parser.atBoundary);
    }),
  );
});

test('a stream that stops inside a picture is not at a boundary', () => {
  const stream = ppm(4, 4, 9);
  for (let length = 1; length < stream.length; length++) {
    const parser = new PpmParser(1000);
    assert.equal(parseAll(parser, [stream.subarray(0, length)]).length, 0);
    assert.equal(parser.atBoundary, false, `after ${length} bytes`);
  }
});

test('anything else, nothing, and too much are refused before memory is taken', () => {
  for (const text of ['P5\n4 4\n255\n', 'P6\n0 4\n255\n', 'P6\n99999 99999\n255\n', 'x'.repeat(100)]) {
    assert.throws(() => parseAll(new PpmParser(1_000_000), [Buffer.from(text)]), RangeError);
  }
});
