/** Brands of ISO base media files that are still pictures (AVIF, HEIF), not clips. */
const STILL_BRANDS = ['avif', 'avis', 'heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'mif1', 'msf1'];
/** First boxes of QuickTime files from before `ftyp` was required. */
const QUICKTIME_BOXES = ['moov', 'mdat', 'wide', 'free', 'skip', 'pnot'];
/** EBML header: WebM and Matroska. */
const EBML = [0x1a, 0x45, 0xdf, 0xa3];

/** Whether uploaded bytes begin like a clip (mp4, mov, webm, mkv); everything else goes to the picture decoder. */
export function looksLikeClip(bytes: Uint8Array): boolean {
  if (EBML.every((byte, i) => bytes[i] === byte)) return true;
  const box = latin1(bytes.subarray(4, 8));
  if (box === 'ftyp') return !STILL_BRANDS.includes(latin1(bytes.subarray(8, 12)));
  return QUICKTIME_BOXES.includes(box);
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
