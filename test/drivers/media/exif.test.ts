import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { focalLength35mm } from '../../../src/drivers/media/exif.ts';

/** A block with IFD0 → Exif IFD → FocalLengthIn35mmFilm. */
function exifBlock(options: {
  little: boolean;
  prefix: boolean;
  focal: number;
  pointer?: number;
}): Uint8Array {
  const bytes = new Uint8Array(8 + 18 + 18);
  const view = new DataView(bytes.buffer);
  const { little } = options;
  bytes.set(little ? [0x49, 0x49] : [0x4d, 0x4d]);
  view.setUint16(2, 42, little);
  view.setUint32(4, 8, little);
  const entry = (at: number, tag: number, type: number) => {
    view.setUint16(at, 1, little);
    view.setUint16(at + 2, tag, little);
    view.setUint16(at + 4, type, little);
    view.setUint32(at + 6, 1, little);
  };
  entry(8, 0x8769, 4);
  view.setUint32(18, options.pointer ?? 26, little);
  entry(26, 0xa405, 3);
  view.setUint16(36, options.focal, little);
  return options.prefix ? new Uint8Array([...Buffer.from('Exif\0\0'), ...bytes]) : bytes;
}

test('both byte orders, with and without prefix', () => {
  for (const little of [true, false]) {
    for (const prefix of [true, false]) {
      assert.equal(focalLength35mm(exifBlock({ little, prefix, focal: 35 })), 35);
    }
  }
});

test('unknown and impossible focal lengths are left out', () => {
  assert.equal(focalLength35mm(exifBlock({ little: true, prefix: true, focal: 0 })), undefined);
  assert.equal(focalLength35mm(exifBlock({ little: true, prefix: true, focal: 65535 })), undefined);
});

test('a block cut at any byte, or pointing anywhere, never throws', () => {
  const whole = exifBlock({ little: true, prefix: true, focal: 35 });
  for (let length = 0; length < whole.length; length++) focalLength35mm(whole.subarray(0, length));
  for (const pointer of [0, 8, 43, 44, 0xffff_ffff]) {
    assert.equal(focalLength35mm(exifBlock({ little: true, prefix: true, focal: 35, pointer })), undefined);
  }
});

test('arbitrary bytes never throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom('II*\0', 'MM\0*', ''), (tail, start) => {
      const focal = focalLength35mm(new Uint8Array([...Buffer.from(start), ...tail]));
      return focal === undefined || (focal > 0 && focal <= 2000);
    }),
  );
});
