import { endianness } from 'node:os';
import koffi from 'koffi';

/** `struct pollfd`: int fd, short events, short revents. */
const POLLFD_BYTES = 8;
const POLLIN = 0x001;

let poll: ((fds: Uint8Array, count: number, timeoutMs: number) => number) | undefined;

/**
 * Whether reading `fd` would give something now; `broken` when the descriptor reports an error or a hang-up. Never
 * waits: a line's descriptor cannot be given to the event loop, and a thread of the pool that waited for an edge
 * would be missing everywhere else.
 */
export function readable(fd: number): 'yes' | 'no' | 'broken' {
  poll ??= koffi.load(null).func('int poll(_Inout_ uint8_t *fds, unsigned long count, int timeout)');
  const bytes = new Uint8Array(POLLFD_BYTES);
  const view = new DataView(bytes.buffer);
  const little = endianness() === 'LE';
  view.setInt32(0, fd, little);
  view.setInt16(4, POLLIN, little);
  const ready = poll(bytes, 1, 0);
  if (ready === 0) return 'no';
  if (ready < 0) return 'no'; // EINTR: asked again soon
  return (view.getInt16(6, little) & POLLIN) === 0 ? 'broken' : 'yes';
}
