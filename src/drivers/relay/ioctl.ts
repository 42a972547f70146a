import { constants } from 'node:os';
import koffi from 'koffi';

/** libc's ioctl, out of this process's own symbols: glibc and musl name their files differently. */
let ioctl: ((fd: number, request: number, type: string, argument: Uint8Array) => number) | undefined;

const ERRNO_NAMES = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]));

/** Calls ioctl with a structure to read or fill. Returns undefined, or the name of the error, such as `EBUSY`. */
export function callIoctl(fd: number, request: number, argument: Uint8Array): string | undefined {
  ioctl ??= koffi.load(null).func('int ioctl(int fd, unsigned long request, ...)');
  for (;;) {
    if (ioctl(fd, request, 'void *', argument) >= 0) return undefined;
    const name = ERRNO_NAMES.get(koffi.errno()) ?? `errno ${koffi.errno()}`;
    if (name !== 'EINTR') return name;
  }
}
