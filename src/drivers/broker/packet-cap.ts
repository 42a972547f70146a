import type { Socket } from 'node:net';

/**
 * Destroys `socket` when a packet announces more than `maxBytes`. The broker library has no limit of its own and
 * would collect up to 256 MB for one packet. It pulls with `read()`, so that is where the bytes are watched: each
 * chunk is walked by the fixed headers (MQTT 5, 2.1), never by content.
 */
export function capPackets(socket: Socket, maxBytes: number, onExceeded: (announced: number) => void): void {
  const walk = packetWalker(maxBytes);
  const read = socket.read.bind(socket);
  socket.read = (size?: number) => {
    const chunk: unknown = read(size);
    const announced = chunk instanceof Uint8Array ? walk(chunk) : undefined;
    if (announced === undefined) return chunk;
    onExceeded(announced);
    socket.destroy();
    return null;
  };
}

/** Follows packet borders over chunks; answers the announced size of the first packet that is too large. */
export function packetWalker(maxBytes: number): (chunk: Uint8Array) => number | undefined {
  let skip = 0;
  let inHeader = false;
  let length = 0;
  let shift = 0;
  return (chunk) => {
    for (let at = 0; at < chunk.length; ) {
      if (skip > 0) {
        const step = Math.min(skip, chunk.length - at);
        skip -= step;
        at += step;
      } else if (!inHeader) {
        inHeader = true;
        length = 0;
        shift = 0;
        at += 1;
      } else {
        const byte = chunk[at++] as number;
        length += (byte & 0x7f) * 2 ** shift;
        shift += 7;
        if (length > maxBytes || shift > 28) return length;
        if ((byte & 0x80) === 0) {
          inHeader = false;
          skip = length;
        }
      }
    }
    return undefined;
  };
}
