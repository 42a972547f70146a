const EXIF_IFD_POINTER = 0x8769;
const FOCAL_LENGTH_IN_35MM_FILM = 0xa405;
const TYPE_SHORT = 3;
const TYPE_LONG = 4;
const ENTRY_BYTES = 12;
/** Lenses beyond this do not photograph faces; hostile files claim up to 65535. */
const MAX_FOCAL_LENGTH_MM = 2000;

/**
 * FocalLengthIn35mmFilm (tag 0xA405, CIPA DC-008) in mm, from an EXIF block with or without its `Exif\0\0` prefix.
 * Undefined when the tag is absent, 0 (which the standard calls unknown) or out of range, and for any block that
 * does not parse. Reads two directories at most, follows no further pointer and never reads outside the block.
 */
export function focalLength35mm(exif: Uint8Array): number | undefined {
  const tiff = hasPrefix(exif) ? exif.subarray(6) : exif;
  if (tiff.length < 8) return undefined;
  const order = String.fromCharCode(tiff[0] as number, tiff[1] as number);
  if (order !== 'II' && order !== 'MM') return undefined;
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  const little = order === 'II';
  if (view.getUint16(2, little) !== 42) return undefined;
  const pointer = findEntry(view, little, view.getUint32(4, little), EXIF_IFD_POINTER);
  if (pointer === undefined) return undefined;
  const focal = findEntry(view, little, pointer, FOCAL_LENGTH_IN_35MM_FILM);
  return focal !== undefined && focal > 0 && focal <= MAX_FOCAL_LENGTH_MM ? focal : undefined;
}

/** The single SHORT or LONG value of `tag` in the directory at `offset`. */
function findEntry(view: DataView, little: boolean, offset: number, tag: number): number | undefined {
  if (offset + 2 > view.byteLength) return undefined;
  const claimed = view.getUint16(offset, little);
  const present = Math.min(claimed, Math.floor((view.byteLength - offset - 2) / ENTRY_BYTES));
  for (let i = 0; i < present; i++) {
    const entry = offset + 2 + i * ENTRY_BYTES;
    if (view.getUint16(entry, little) !== tag || view.getUint32(entry + 4, little) !== 1) continue;
    const type = view.getUint16(entry + 2, little);
    if (type === TYPE_SHORT) return view.getUint16(entry + 8, little);
    if (type === TYPE_LONG) return view.getUint32(entry + 8, little);
  }
  return undefined;
}

function hasPrefix(exif: Uint8Array): boolean {
  return exif.length >= 6 && String.fromCharCode(...exif.subarray(0, 6)) === 'Exif\0\0';
}
