import { createRequire } from 'node:module';
import { endianness } from 'node:os';

/** linux/socket.h, linux/net.h; the same on x86, arm and riscv. */
const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2_000_000;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
/** `sun_path` of `struct sockaddr_un`. */
const MAX_PATH_BYTES = 108;

interface Libc {
  socket(family: number, type: number, protocol: number): number;
  sendto(
    fd: number,
    text: Uint8Array,
    length: number,
    flags: number,
    address: Uint8Array,
    addressLength: number,
  ): number;
  close(fd: number): number;
}

function loadLibc(): Libc {
  const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
  const libc = koffi.load(null);
  return {
    socket: libc.func('int socket(int family, int type, int protocol)') as Libc['socket'],
    sendto: libc.func(
      'long sendto(int fd, const uint8_t *text, size_t length, int flags, const uint8_t *address, uint32_t size)',
    ) as Libc['sendto'],
    close: libc.func('int close(int fd)') as Libc['close'],
  };
}

/**
 * `struct sockaddr_un` for a path, or for `@name` in the abstract namespace; undefined when it does not fit or is
 * of another kind.
 */
export function unixAddress(path: string): Uint8Array | undefined {
  if (!/^[/@]./s.test(path)) return undefined;
  const name = Buffer.from(path);
  if (name.length + 1 > MAX_PATH_BYTES) return undefined;
  // An abstract name begins with NUL and is not terminated; a path is.
  const abstract = path.startsWith('@');
  if (abstract) name[0] = 0;
  const address = Buffer.alloc(2 + name.length + (abstract ? 0 : 1));
  if (endianness() === 'LE') address.writeUInt16LE(AF_UNIX);
  else address.writeUInt16BE(AF_UNIX);
  name.copy(address, 2);
  return address;
}

/** A unix datagram socket that only sends, since Node has none. Sending never waits. */
export class UnixDatagram {
  readonly #address: Uint8Array;
  #libc: Libc | undefined;
  #fd = -1;

  /** `address`: of `unixAddress`. */
  constructor(address: Uint8Array) {
    this.#address = address;
  }

  /** Undefined once sent, else why not: nobody listens, the receiver's queue is full, libc cannot be reached. */
  send(text: string): string | undefined {
    try {
      this.#libc ??= loadLibc();
      if (this.#fd < 0) this.#fd = this.#libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
      if (this.#fd < 0) return 'no socket';
      const bytes = Buffer.from(text);
      const flags = MSG_DONTWAIT | MSG_NOSIGNAL;
      const sent = this.#libc.sendto(
        this.#fd,
        bytes,
        bytes.length,
        flags,
        this.#address,
        this.#address.length,
      );
      return Number(sent) === bytes.length ? undefined : 'nobody listens, or the queue is full';
    } catch (cause) {
      return cause instanceof Error ? cause.message : String(cause); // no FFI package for this platform
    }
  }

  /** Idempotent. */
  close(): void {
    if (this.#fd >= 0) this.#libc?.close(this.#fd);
    this.#fd = -1;
  }
}
