import { BlockList, isIP, isIPv4 } from 'node:net';
import { parseAddressRange } from '../../core/address-range.ts';
import { LimenError } from '../../core/errors.ts';
import type { Role } from '../../core/role.ts';

/** Whoever calls from these addresses, or shows this certificate, needs no token. */
export interface Client {
  /** `10.0.0.7/32`, `fd00::/8`, or a single address. */
  readonly cidr?: string;
  /** Instead: common name, or SHA-256 fingerprint in hex, of a certificate that the clients' authority issued. */
  readonly certificate?: string;
  readonly role: Role;
}

/** What a caller's certificate says of itself. */
export interface ClientCertificate {
  readonly commonName: string;
  /** SHA-256, hex with or without colons. */
  readonly fingerprint: string;
}

/** The documents' curl lines work as printed, on the machine itself, unless its addresses are listed otherwise. */
const LOOPBACK_CLIENTS: readonly Client[] = [
  { cidr: '127.0.0.0/8', role: 'technician' },
  { cidr: '::1/128', role: 'technician' },
];

/** `::ffff:10.0.0.7`, an IPv4 caller on an IPv6 socket, as `10.0.0.7`. */
export function plainAddress(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  return mapped?.[1] ?? address;
}

/** Roles by address, where of several entries that hold an address the narrowest counts, and by certificate. */
export class ClientRoles {
  readonly #ranges: readonly { readonly list: BlockList; readonly prefix: number; readonly role: Role }[];
  readonly #certificates: readonly { readonly certificate: string; readonly role: Role }[];

  /** @throws LimenError `config_invalid` naming the entry */
  constructor(clients: readonly Client[]) {
    const ranges = clients.flatMap(({ cidr, role }) => (cidr === undefined ? [] : [{ cidr, role }]));
    // the sort keeps the order of equals, so that a listed range comes before the same one of loopback
    this.#ranges = [...ranges, ...LOOPBACK_CLIENTS].map(entry).sort((a, b) => b.prefix - a.prefix);
    this.#certificates = clients.flatMap(({ certificate, role }) =>
      certificate === undefined ? [] : [{ certificate, role }],
    );
  }

  roleOf(address: string | undefined): Role | undefined {
    const plain = address === undefined ? '' : plainAddress(address);
    if (isIP(plain) === 0) return undefined;
    const family = isIPv4(plain) ? 'ipv4' : 'ipv6';
    return this.#ranges.find(({ list }) => list.check(plain, family))?.role;
  }

  /** The first entry that names it counts. A fingerprint names one certificate, a common name all that bear it. */
  roleOfCertificate({ commonName, fingerprint }: ClientCertificate): Role | undefined {
    const found = this.#certificates.find(({ certificate }) =>
      FINGERPRINT.test(certificate) ? bare(certificate) === bare(fingerprint) : certificate === commonName,
    );
    return found?.role;
  }
}

const FINGERPRINT = /^(?:[\da-f]{2}:?){31}[\da-f]{2}$/i;

function bare(fingerprint: string): string {
  return fingerprint.replaceAll(':', '').toLowerCase();
}

function entry({ cidr = '', role }: Client) {
  const range = parseAddressRange(cidr, isIP);
  if (range === undefined) {
    throw new LimenError('config_invalid', `http.clients: "${cidr}" is no address range such as 10.0.0.0/24`);
  }
  const { address, family, prefix } = range;
  const list = new BlockList();
  list.addSubnet(address, prefix, family === 4 ? 'ipv4' : 'ipv6');
  // comparable between families: how many addresses the range leaves free
  return { list, prefix: prefix - (family === 4 ? 32 : 128), role };
}
