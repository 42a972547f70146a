import zlib from 'node:zlib';

/** CRC-32 (IEEE 802.3) of `data`, continued from the CRC `seed`. */
type Crc32 = (data: Uint8Array, seed?: number) => number;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/** For Node before 20.15, which has no `zlib.crc32`; the same numbers, several times slower. */
export const tableCrc32: Crc32 = (data, seed = 0) => {
  let crc = ~seed;
  for (const byte of data) crc = (crc >>> 8) ^ (TABLE[(crc ^ byte) & 0xff] as number);
  return ~crc >>> 0;
};

export const crc32: Crc32 = (zlib as { crc32?: Crc32 }).crc32 ?? tableCrc32;
