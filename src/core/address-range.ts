export interface AddressRange {
  readonly address: string;
  readonly family: 4 | 6;
  /** Leading bits that count: 0 … 32, or 0 … 128. */
  readonly prefix: number;
}

/**
 * Reads `10.0.0.0/24`, `fd00::/8` or a single address; `undefined` for anything else. `familyOf` is `isIP` of node:net,
 * handed in because the core knows no sockets.
 */
export function parseAddressRange(
  text: string,
  familyOf: (address: string) => number,
): AddressRange | undefined {
  const [address = '', bits, ...rest] = text.split('/');
  const family = familyOf(address);
  if ((family !== 4 && family !== 6) || rest.length > 0) return undefined;
  const width = family === 4 ? 32 : 128;
  const prefix = bits === undefined ? width : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
  return prefix <= width ? { address, family, prefix } : undefined;
}
