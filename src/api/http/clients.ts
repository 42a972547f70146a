import { BlockList, isIP, isIPv4 } from 'node:net';
import { parseAddressRange } from '../../core/address-range.ts';
import { LimenError } from '../../core/errors.ts';
import type { Role } from '../../core/role.ts';

/** Whoever calls from these addresses needs no token. */
export interface Client {
  /** `10.0.0.7/32`, `fd00::/8`, or a single address. */
  readonly cidr: string;
  readonly role: Role;
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

/** Roles by address; of several entries that hold an address, the narrowest counts. */
export class ClientRoles {
  readonly #entries: readonly { readonly list: BlockList; readonly prefix: number; readonly role: Role }[];

  /** @throws LimenError `config_invalid` naming the entry */
  constructor(clients: readonly Client[]) {
    // the sort keeps the order of equals, so that a listed range comes before the same one of loopback
    this.#entries = [...clients, ...LOOPBACK_CLIENTS].map(entry).sort((a, b) => b.prefix - a.prefix);
  }

  roleOf(address: string | undefined): Role | undefined {
    const plain = address === undefined ? '' : plainAddress(address);
    if (isIP(plain) === 0) return undefined;
    const family = isIPv4(plain) ? 'ipv4' : 'ipv6';
    return this.#entries.find(({ list }) => list.check(plain, family))?.role;
  }
}

function entry({ cidr, role }: Client) {
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
