import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Lets requests through whose address holds raw UTF-8, as curl sends `?username=Zoë`: Node's parser refuses any
 * byte beyond ASCII there. The first packet of a connection is looked at before the parser gets it, and such bytes
 * in its request line are percent-encoded. Later requests of the same connection are not looked at.
 *
 * Returns a function that drops the connections which have not said anything yet: the server does not know of them.
 */
export function acceptRawTargets(server: Server, options: { silentMs: number }): () => void {
  // where TLS is on, http listens to the decrypted connections
  const event = server.listenerCount('secureConnection') > 0 ? 'secureConnection' : 'connection';
  const handOver = server.listeners(event);
  const silent = new Set<Socket>();
  server.removeAllListeners(event);
  server.on(event, (socket: Socket) => {
    const drop = () => socket.destroy();
    silent.add(socket);
    socket.setTimeout(options.silentMs, drop);
    socket.on('error', drop);
    socket.once('close', () => silent.delete(socket));
    socket.once('readable', () => {
      silent.delete(socket);
      socket.setTimeout(0, drop).off('error', drop);
      const packet = socket.read() as Buffer | null;
      if (packet !== null) socket.unshift(encodeRequestLine(packet));
      for (const listener of handOver) listener.call(server, socket);
    });
  });
  return () => {
    for (const socket of silent) socket.destroy();
  };
}

/** The packet with every byte beyond ASCII in its first line percent-encoded. */
export function encodeRequestLine(packet: Buffer): Buffer {
  const newline = packet.indexOf(0x0a);
  const end = newline === -1 ? packet.length : newline;
  if (!packet.subarray(0, end).some((byte) => byte > 0x7f)) return packet;
  const line = packet
    .toString('latin1', 0, end)
    .replace(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`);
  return Buffer.concat([Buffer.from(line, 'latin1'), packet.subarray(end)]);
}
