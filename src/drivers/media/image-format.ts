import type { DecodedImage } from '../../core/ports/media.ts';

export type ImageFormat = DecodedImage['format'];

export type SniffedImage =
  | { readonly accepted: true; readonly format: ImageFormat }
  | { readonly accepted: false; readonly detail: string };

/** Byte patterns at the start of a file; `.` stands for any byte. Sources: the formats' own specifications. */
const REFUSED: readonly (readonly [pattern: string, name: string])[] = [
  ['GIF8', 'GIF'],
  ['BM', 'BMP'],
  ['II*\0', 'TIFF'],
  ['MM\0*', 'TIFF'],
  ['II+\0', 'BigTIFF'],
  ['%PDF', 'PDF'],
  ['\0\0\0\x0cjP  ', 'JPEG 2000'],
  ['\0\0\0\x0cJXL ', 'JPEG XL'],
  ['\xff\x0a', 'JPEG XL'],
  ['8BPS', 'Photoshop'],
  ['\x1aE\xdf\xa3', 'a video (Matroska or WebM)'],
  ['RIFF....AVI ', 'a video (AVI)'],
];

const HEIC_BRANDS = ['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'hevm', 'hevs', 'mif1', 'msf1'];
/** Brands read from an `ftyp` box at most; real files list fewer than ten. */
const MAX_BRANDS = 32;

/** Tells the format from the first bytes alone; names and content types are never believed. */
export function sniffImage(bytes: Uint8Array): SniffedImage {
  const start = latin1(bytes, 0, 16);
  if (start.startsWith('\xff\xd8\xff')) return { accepted: true, format: 'jpeg' };
  if (start.startsWith('\x89PNG\r\n\x1a\n')) return { accepted: true, format: 'png' };
  if (start.startsWith('RIFF') && start.slice(8, 12) === 'WEBP') return { accepted: true, format: 'webp' };
  if (start.slice(4, 8) === 'ftyp') return sniffIsoMedia(bytes);
  const refused = REFUSED.find(([pattern]) => matches(start, pattern));
  if (refused !== undefined) return { accepted: false, detail: `${refused[1]} is not accepted` };
  const text = latin1(bytes, 0, 512).trimStart().toLowerCase();
  if (text.startsWith('<svg') || (text.startsWith('<?xml') && text.includes('<svg'))) {
    return { accepted: false, detail: 'SVG is not accepted' };
  }
  return { accepted: false, detail: 'not a picture in a format that is known here' };
}

/** Width and height that a PNG claims in its first chunk; undefined when there is none. */
export function pngClaims(bytes: Uint8Array): { width: number; height: number } | undefined {
  if (bytes.length < 24 || latin1(bytes, 12, 16) !== 'IHDR') return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { width: view.getUint32(16), height: view.getUint32(20) };
}

/** ISO/IEC 14496-12 `ftyp`: HEIC, AVIF and videos share the container and differ in their brands. */
function sniffIsoMedia(bytes: Uint8Array): SniffedImage {
  const boxEnd = Math.min(bytes.length, new DataView(bytes.buffer, bytes.byteOffset).getUint32(0));
  const brands = [latin1(bytes, 8, 12)];
  for (let at = 16; at + 4 <= boxEnd && brands.length < MAX_BRANDS; at += 4) {
    brands.push(latin1(bytes, at, at + 4));
  }
  if (brands.includes('avif') || brands.includes('avis')) return { accepted: true, format: 'avif' };
  if (brands.some((brand) => HEIC_BRANDS.includes(brand))) {
    return { accepted: false, detail: 'HEIC is not accepted: send JPEG' };
  }
  return { accepted: false, detail: 'a video (MP4 family) is not a picture' };
}

function matches(start: string, pattern: string): boolean {
  for (let i = 0; i < pattern.length; i++) {
    if (pattern[i] !== '.' && pattern[i] !== start[i]) return false;
  }
  return true;
}

function latin1(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...bytes.subarray(from, Math.min(to, bytes.length)));
}
