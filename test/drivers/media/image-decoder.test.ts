import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import sharp from 'sharp';
import type { DecodeResult, ImageRefusal } from '../../../src/core/ports/media.ts';
import { SharpImageDecoder } from '../../../src/drivers/media/image-decoder.ts';
import { encodeJpeg, plainImage } from '../../../src/drivers/media/image-edit.ts';
import { ODD_FOLDER, ODD_LIKE_BASE, ODD_REFUSED } from '../../fixtures/odd-folder.ts';

const decoder = new SharpImageDecoder();

/** 40 × 20: the left half red, the right half blue, so that turning and mirroring show. */
function redBlue() {
  const image = plainImage(40, 20, [220, 20, 20]);
  for (let i = 0; i < image.data.length; i += 3) {
    if ((i / 3) % 40 >= 20) image.data.set([20, 20, 220], i);
  }
  return sharp(image.data, { raw: { width: 40, height: 20, channels: 3 } });
}

function accepted(result: DecodeResult) {
  assert.ok(result.ok, result.ok ? '' : `${result.refusal}: ${result.detail}`);
  const { image } = result;
  assert.equal(image.data.length, image.width * image.height * 3);
  return image;
}

function refused(result: DecodeResult): { refusal: ImageRefusal; detail: string } {
  assert.ok(!result.ok, 'was accepted');
  return result;
}

/** Which channel leads at a relative place of the picture. */
function colourAt(image: { width: number; height: number; data: Uint8Array }, x: number, y: number): string {
  const at = (Math.floor(y * image.height) * image.width + Math.floor(x * image.width)) * 3;
  const [red, , blue] = image.data.subarray(at, at + 3) as unknown as [number, number, number];
  return red > blue ? 'red' : 'blue';
}

test('the four formats are told by their bytes and come out as RGB', async () => {
  const made = {
    jpeg: await redBlue().jpeg().toBuffer(),
    png: await redBlue().png().toBuffer(),
    webp: await redBlue().webp().toBuffer(),
    avif: await redBlue().avif().toBuffer(),
  };
  for (const [format, bytes] of Object.entries(made)) {
    const image = accepted(await decoder.decode(bytes));
    assert.deepEqual([image.format, image.width, image.height], [format, 40, 20]);
    assert.equal(colourAt(image, 0.2, 0.5), 'red', format);
    assert.equal(colourAt(image, 0.8, 0.5), 'blue', format);
  }
});

test('every EXIF orientation comes out upright', async () => {
  // Where the left (red) half of the stored pixels belongs, by orientation tag.
  const redSide = ['left', 'right', 'right', 'left', 'top', 'top', 'bottom', 'bottom'];
  for (const [index, side] of redSide.entries()) {
    const bytes = await redBlue()
      .withMetadata({ orientation: index + 1 })
      .jpeg()
      .toBuffer();
    const image = accepted(await decoder.decode(bytes));
    const turned = index >= 4;
    assert.deepEqual([image.width, image.height], turned ? [20, 40] : [40, 20]);
    const red = { left: [0.2, 0.5], right: [0.8, 0.5], top: [0.5, 0.2], bottom: [0.5, 0.8] }[
      side
    ] as number[];
    assert.equal(colourAt(image, red[0] as number, red[1] as number), 'red', `orientation ${index + 1}`);
  }
});

test('grey, 16-bit, CMYK, palette and alpha become 8-bit RGB of the right brightness', async () => {
  const grey = plainImage(16, 16, [100, 100, 100]);
  const raw = () => sharp(grey.data, { raw: { width: 16, height: 16, channels: 3 } });
  const cases = {
    'grey jpeg': await raw().toColourspace('b-w').jpeg().toBuffer(),
    'grey 16-bit png': await raw().toColourspace('grey16').png().toBuffer(),
    'rgb 16-bit png': await raw().toColourspace('rgb16').png().toBuffer(),
    'palette png': await raw().png({ palette: true }).toBuffer(),
    'cmyk jpeg': await raw().toColourspace('cmyk').jpeg().toBuffer(),
    'opaque rgba png': await raw().ensureAlpha(1).png().toBuffer(),
  };
  for (const [name, bytes] of Object.entries(cases)) {
    const image = accepted(await decoder.decode(bytes));
    const spread = name === 'cmyk jpeg' ? 12 : 3;
    for (const value of image.data) assert.ok(Math.abs(value - 100) <= spread, `${name}: ${value}`);
  }
  const clear = await raw().ensureAlpha(0).png().toBuffer();
  assert.ok(accepted(await decoder.decode(clear)).data.every((value) => value === 255));
});

test('an animation gives its first frame', async () => {
  const frames = Buffer.concat([
    Buffer.from(plainImage(20, 20, [220, 20, 20]).data),
    Buffer.from(plainImage(20, 20, [20, 20, 220]).data),
  ]);
  const bytes = await sharp(frames, { raw: { width: 20, height: 40, channels: 3, pageHeight: 20 } })
    .webp({ loop: 0, delay: [100, 100] })
    .toBuffer();
  assert.equal((await sharp(bytes).metadata()).pages, 2);
  const image = accepted(await decoder.decode(bytes));
  assert.deepEqual([image.width, image.height, colourAt(image, 0.5, 0.5)], [20, 20, 'red']);
});

test('every other format is refused by its name, before any loader sees it', async () => {
  const box = (brand: string) =>
    Buffer.concat([Buffer.from([0, 0, 0, 16]), Buffer.from(`ftyp${brand}\0\0\0\0`)]);
  const cases: [string, Uint8Array, RegExp][] = [
    ['gif', Buffer.from('GIF89a\x01\0\x01\0'), /GIF/],
    ['bmp', Buffer.from('BM\0\0\0\0'), /BMP/],
    ['tiff', Buffer.from('II*\0\x08\0\0\0'), /TIFF/],
    ['pdf', Buffer.from('%PDF-1.7'), /PDF/],
    ['svg', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), /SVG/],
    ['svg with a prologue', Buffer.from(' <?xml version="1.0"?><svg/>'), /SVG/],
    ['heic', box('heic'), /send JPEG/],
    ['mp4', box('isom'), /video/],
    ['webm', Buffer.from([0x1a, 0x45, 0xdf, 0xa3, 0]), /video/],
    ['text', Buffer.from('hello'), /known/],
    ['one byte', Buffer.from([0xff]), /known/],
  ];
  for (const [name, bytes, says] of cases) {
    const { refusal, detail } = refused(await decoder.decode(bytes));
    assert.equal(refusal, 'unsupported_format', name);
    assert.match(detail, says, name);
  }
});

test('libvips itself has every other loader blocked', async () => {
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>');
  await assert.rejects(sharp(svg).metadata());
  await assert.rejects(
    sharp(resolve('node_modules/@vladmandic/human/assets/screenshot-faceid.jpg')).metadata(),
  );
});

test('the limits of bytes and pixels hold before decoding', async () => {
  const png = await redBlue().png().toBuffer();
  assert.equal(refused(await decoder.decode(new Uint8Array())).refusal, 'empty');
  const small = new SharpImageDecoder({ maxBytes: png.length - 1 });
  assert.equal(refused(await small.decode(png)).refusal, 'too_many_bytes');
  accepted(await new SharpImageDecoder({ maxBytes: png.length, maxPixels: 800 }).decode(png));
  const few = new SharpImageDecoder({ maxPixels: 799 });
  for (const bytes of [png, await redBlue().jpeg().toBuffer(), await redBlue().avif().toBuffer()]) {
    assert.match(refused(await few.decode(bytes)).detail, /40 × 20/);
  }
  const claim = Buffer.from(png);
  claim.writeUInt32BE(0x7fffffff, 16);
  claim.writeUInt32BE(0x7fffffff, 20);
  assert.equal(refused(await decoder.decode(claim)).refusal, 'too_many_pixels');
});

test('cut-off and damaged pictures are unreadable, trailing bytes are ignored', async () => {
  const noise = plainImage(64, 64, [0, 0, 0]);
  for (let i = 0; i < noise.data.length; i++) noise.data[i] = (i * 7919) % 251;
  const make = () => sharp(noise.data, { raw: { width: 64, height: 64, channels: 3 } });
  const made = [
    await make().jpeg(),
    await make().png(),
    await make().webp({ lossless: true }),
    await make().avif(),
  ];
  for (const pipeline of made) {
    const bytes = await pipeline.toBuffer();
    accepted(await decoder.decode(Buffer.concat([bytes, Buffer.alloc(3000, 0xa5)])));
    for (const part of [0.2, 0.5, 0.9]) {
      const cut = bytes.subarray(0, Math.floor(bytes.length * part));
      assert.equal(refused(await decoder.decode(cut)).refusal, 'unreadable');
    }
  }
  const png = await make().png().toBuffer();
  png[Math.floor(png.length / 2)] = (png[Math.floor(png.length / 2)] as number) ^ 0xff;
  assert.equal(refused(await decoder.decode(png)).refusal, 'unreadable');
});

test('maxSidePx shrinks the longer side, keeps the aspect and never enlarges', async () => {
  const bytes = await encodeJpeg(plainImage(1000, 500, [90, 90, 90]));
  const small = accepted(await decoder.decode(bytes, { maxSidePx: 300 }));
  assert.deepEqual([small.width, small.height], [300, 150]);
  const same = accepted(await decoder.decode(bytes, { maxSidePx: 4000 }));
  assert.deepEqual([same.width, same.height], [1000, 500]);
});

test('the 35 mm focal length is read from EXIF', async () => {
  const exif = { IFD2: { FocalLengthIn35mmFilm: '28' } };
  const bytes = await redBlue().withExif(exif).jpeg().toBuffer();
  assert.equal(accepted(await decoder.decode(bytes)).focalLength35mm, 28);
  const without = accepted(await decoder.decode(await redBlue().jpeg().toBuffer()));
  assert.equal(without.focalLength35mm, undefined);
});

/** Sizes of the accepted ones whose pixels are not stored upright at 348 × 522. */
const ODD_SIZES: Record<string, [number, number]> = {
  '1x1.png': [1, 1],
  'animated.webp': [240, 360],
  'black.jpg': [640, 480],
  'compreface_einstein.png': [256, 256],
  'compreface_einstein.webp': [256, 256],
  'gray16.png': [240, 360],
  'lossless.webp': [240, 360],
  'noise.jpg': [320, 240],
  'palette.png': [240, 360],
  'rgb16.png': [240, 360],
  'rgba.png': [240, 360],
  'rot90_noexif.jpg': [522, 348],
  'same_face_twice.jpg': [696, 522],
  'squeezed.jpg': [116, 522],
  'tiny_face.jpg': [640, 480],
  'white.jpg': [640, 480],
};
test('every odd file gives its picture or the right refusal', {
  skip: existsSync(ODD_FOLDER) ? false : 'no ../shared/faces/odd here',
}, async () => {
  const decode = async (name: string) => decoder.decode(readFileSync(resolve(ODD_FOLDER, name)));
  const base = accepted(await decode('base.jpg'));
  for (const name of readdirSync(ODD_FOLDER)) {
    const result = await decode(name);
    const expected = ODD_REFUSED[name];
    if (expected !== undefined) {
      assert.equal(refused(result).refusal, expected, name);
      continue;
    }
    const image = accepted(result);
    assert.deepEqual([image.width, image.height], ODD_SIZES[name] ?? [348, 522], name);
    if (!ODD_LIKE_BASE.includes(name)) continue;
    let sum = 0;
    for (let i = 0; i < image.data.length; i++) {
      sum += Math.abs((image.data[i] as number) - (base.data[i] as number));
    }
    assert.ok(sum / image.data.length < 6, `${name} differs from base.jpg by ${sum / image.data.length}`);
  }
});
