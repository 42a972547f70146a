import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import sharp from 'sharp';
import { focalLength35mm } from '../../../src/drivers/media/exif.ts';
import { SharpImageDecoder } from '../../../src/drivers/media/image-decoder.ts';
import { sniffImage } from '../../../src/drivers/media/image-format.ts';
import { looksLikeClip } from '../../../src/services/verification/media-kind.ts';

const SEED = 20261121;
const MAX_PIXELS = 1_000_000;
const decoder = new SharpImageDecoder({ maxPixels: MAX_PIXELS });

async function samples(): Promise<Buffer[]> {
  const image = () => sharp({ create: { width: 24, height: 16, channels: 3, background: '#a06040' } });
  const exif = { IFD0: { Make: 'x' }, IFD2: { FocalLengthIn35mmFilm: '28' } };
  return Promise.all([
    image().withExif(exif).jpeg().toBuffer(),
    image().jpeg({ progressive: true }).toBuffer(),
    image().png().toBuffer(),
    image().png({ palette: true }).toBuffer(),
    image().webp({ lossless: true }).toBuffer(),
    image().avif().toBuffer(),
  ]);
}

test('pictures with damage anywhere decode within the limits or are refused, and never throw', async () => {
  const files = await samples();
  const damage = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255)), {
    minLength: 1,
    maxLength: 6,
  });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...files), damage, fc.boolean(), async (file, changes, head) => {
      const copy = Buffer.from(file);
      // half of the time where the headers are
      const reach = head ? Math.min(64, copy.length) : copy.length;
      for (const [place, value] of changes) copy[Math.floor(place * (reach - 1))] = value;
      const result = await decoder.decode(copy);
      if (!result.ok) return;
      const { width, height, data } = result.image;
      assert.equal(data.length, width * height * 3);
      assert.ok(width * height <= MAX_PIXELS);
    }),
    { seed: SEED, numRuns: 1_500 },
  );
});

test('what kind a file is can be asked of any bytes', () => {
  const starts = [
    '',
    '\xff\xd8\xff',
    '\0\0\0\x18ftyp',
    'RIFF\0\0\0\0WEBP',
    '\x1aE\xdf\xa3',
    '\x89PNG\r\n\x1a\n',
  ];
  const any = fc
    .tuple(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 300 }))
    .map(([start, rest]) => Buffer.concat([Buffer.from(start, 'latin1'), rest]));
  fc.assert(
    fc.property(any, (bytes) => {
      const kind = sniffImage(bytes);
      if (!kind.accepted) assert.ok(kind.detail.length > 0);
      // nothing is taken for both
      if (kind.accepted) assert.equal(looksLikeClip(bytes) && kind.format !== 'avif', false);
    }),
    { seed: SEED, numRuns: 5_000 },
  );
});

test('an EXIF block made of likely entries and any pointers gives a focal length that a lens can have, or none', () => {
  const entry = fc.tuple(
    fc.constantFrom(0x8769, 0xa405, 0x0100),
    fc.constantFrom(3, 4, 0, 7),
    fc.constantFrom(1, 0, 0xffffffff),
    fc.oneof(fc.nat(80), fc.nat(0xffffffff)),
  );
  fc.assert(
    fc.property(
      fc.boolean(),
      fc.nat(40),
      fc.array(entry, { maxLength: 5 }),
      fc.nat(9),
      (little, first, entries, claimed) => {
        const block = Buffer.alloc(120);
        const u16 = (value: number, at: number) =>
          little ? block.writeUInt16LE(value, at) : block.writeUInt16BE(value, at);
        const u32 = (value: number, at: number) =>
          little ? block.writeUInt32LE(value, at) : block.writeUInt32BE(value, at);
        block.write(little ? 'II' : 'MM', 0, 'latin1');
        u16(42, 2);
        u32(first, 4);
        u16(claimed, 8);
        for (const [i, [tag, type, count, value]] of entries.entries()) {
          const at = 10 + i * 12;
          u16(tag, at);
          u16(type, at + 2);
          u32(count, at + 4);
          u32(value, at + 8);
        }
        const focal = focalLength35mm(block);
        assert.ok(focal === undefined || (focal > 0 && focal <= 2_000));
      },
    ),
    { seed: SEED, numRuns: 5_000 },
  );
});
