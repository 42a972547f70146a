import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

/**
 * A camera for tests: one ffmpeg packs a looping clip into RTP on loopback, and this server hands the packets to
 * its players interleaved in RTSP over TCP (RFC 2326 §10.12).
 */
export class RtspServer {
  readonly #players = new Set<Socket>();
  readonly #sockets = new Set<Socket>();
  readonly #credentials: string | undefined;
  #server: Server | undefined;
  #udp: UdpSocket | undefined;
  #packer: ChildProcess | undefined;
  #sdp = '';
  /** While true no packet is passed on: the camera is connected and silent. */
  silent = false;
  /** Requests received, by method. */
  readonly seen: string[] = [];

  /** `credentials` as `user:password`; a player without them is answered 401. */
  constructor(credentials?: string) {
    this.#credentials = credentials;
  }

  get packerPid(): number | undefined {
    return this.#packer?.pid;
  }

  get players(): number {
    return this.#players.size;
  }

  /** Serves `clip`; resolves with the port. */
  async start(clip: string): Promise<number> {
    this.#udp = createSocket('udp4');
    this.#udp.bind(0, '127.0.0.1');
    await once(this.#udp, 'listening');
    this.#udp.on('message', (packet) => this.#relay(packet));
    const rtp = this.#udp.address().port;
    const to = `rtp://127.0.0.1:${rtp}?rtcpport=${rtp}`;
    const args = [
      '-nostdin',
      '-v',
      'error',
      '-re',
      '-stream_loop',
      '-1',
      '-i',
      clip,
      '-c',
      'copy',
      '-f',
      'rtp',
      to,
    ];
    this.#packer = spawn('ffmpeg', args, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#packer.stdout?.setEncoding('utf8').on('data', (text) => {
      this.#sdp += text;
    });
    while (!this.#sdp.includes('a=fmtp')) await once(this.#packer.stdout as NodeJS.ReadableStream, 'data');
    this.#server = createServer((socket) => this.#serve(socket)).listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as { port: number }).port;
  }

  /** Cuts every connection, as a camera that loses power does. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.cut();
    this.#server?.close();
    this.#udp?.close();
    if (this.#packer?.exitCode === null) {
      this.#packer.kill('SIGKILL');
      await once(this.#packer, 'close');
    }
  }

  #relay(packet: Buffer): void {
    const payload = (packet[1] as number) & 0x7f;
    const rtcp = payload >= 72 && payload <= 76;
    if (this.silent || rtcp) return;
    const head = Buffer.from([0x24, 0, packet.length >> 8, packet.length & 0xff]);
    for (const player of this.#players) player.write(Buffer.concat([head, packet]));
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#sockets.delete(socket);
      this.#players.delete(socket);
    });
    let text = '';
    socket.setEncoding('latin1').on('data', (part) => {
      text += part;
      for (;;) {
        const end = text.indexOf('\r\n\r\n');
        if (end < 0) break;
        const request = text.slice(0, end);
        text = text.slice(end + 4);
        this.#answer(socket, request);
      }
    });
  }

  #answer(socket: Socket, request: string): void {
    // Receiver reports of the player may stand before the request.
    const [, method = '', url = ''] = /([A-Z_]+) (rtsp:\S+) RTSP\/1.0/.exec(request) ?? [];
    const cseq = /CSeq: *(\d+)/i.exec(request)?.[1] ?? '0';
    this.seen.push(method);
    const reply = (status: string, headers: readonly string[] = [], body = '') => {
      const length = body === '' ? [] : [`Content-Length: ${body.length}`];
      socket.write([`RTSP/1.0 ${status}`, `CSeq: ${cseq}`, ...headers, ...length, '', body].join('\r\n'));
    };
    const expected = this.#credentials && `Basic ${Buffer.from(this.#credentials).toString('base64')}`;
    if (method !== 'OPTIONS' && expected !== undefined && !request.includes(expected)) {
      reply('401 Unauthorized', ['WWW-Authenticate: Basic realm="camera"']);
      return;
    }
    switch (method) {
      case 'OPTIONS':
        reply('200 OK', ['Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN']);
        break;
      case 'DESCRIBE':
        reply('200 OK', ['Content-Type: application/sdp', `Content-Base: ${url}/`], this.#description());
        break;
      case 'SETUP':
        reply('200 OK', ['Transport: RTP/AVP/TCP;unicast;interleaved=0-1', 'Session: 1']);
        break;
      case 'PLAY':
        reply('200 OK', ['Session: 1']);
        this.#players.add(socket);
        break;
      case 'TEARDOWN':
        reply('200 OK', ['Session: 1']);
        socket.end();
        break;
      default:
        reply('405 Method Not Allowed');
    }
  }

  #description(): string {
    const sdp = this.#sdp.replace(/^SDP:\s*/, '').replace(/m=video \d+/, 'm=video 0');
    return `${sdp.trim().split(/\r?\n/).join('\r\n')}\r\na=control:track0\r\n`;
  }
}
