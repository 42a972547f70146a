import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

type Reply = (content: Buffer, request: IncomingMessage, response: ServerResponse) => void;

/** A server of files on loopback whose manners a test can change; it knows ranges, If-Range and entity tags. */
export class FileServer {
  readonly requests: {
    path: string;
    range: string | undefined;
    ifRange: string | undefined;
    status: number;
  }[] = [];
  readonly #files: ReadonlyMap<string, Buffer>;
  readonly #replies: Reply[] = [];
  #otherwise: Reply = ranged;
  base = '';

  constructor(files: ReadonlyMap<string, Buffer>) {
    this.#files = files;
  }

  async listen(t: TestContext): Promise<this> {
    const server = createServer((request, response) => this.#answer(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    this.base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
    return this;
  }

  /** Answers the next request this way. */
  next(...replies: Reply[]): this {
    this.#replies.push(...replies);
    return this;
  }

  /** Answers every request this way when no `next` is left. */
  always(reply: Reply): this {
    this.#otherwise = reply;
    return this;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? '';
    const content = this.#files.get(decodeURIComponent(path.slice(1)));
    response.on('close', () =>
      this.requests.push({
        path,
        range: request.headers.range,
        ifRange: request.headers['if-range'] as string | undefined,
        status: response.statusCode,
      }),
    );
    if (content === undefined) {
      response.writeHead(404).end();
      return;
    }
    (this.#replies.shift() ?? this.#otherwise)(content, request, response);
  }
}

const tagOf = (content: Buffer) => `"${createHash('sha1').update(content).digest('hex')}"`;

/** As a good server does it. */
export const ranged: Reply = (content, request, response) => {
  const tag = tagOf(content);
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const condition = request.headers['if-range'];
  if (start === 0 || (condition !== undefined && condition !== tag)) {
    response.writeHead(200, { 'content-length': content.length, etag: tag }).end(content);
    return;
  }
  if (start >= content.length) {
    response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
    return;
  }
  const range = `bytes ${start}-${content.length - 1}/${content.length}`;
  const length = content.length - start;
  response
    .writeHead(206, { 'content-length': length, 'content-range': range, etag: tag })
    .end(content.subarray(start));
};

/** Sends all of the file whatever was asked. */
export const wholeOnly: Reply = (content, _request, response) => {
  response.writeHead(200, { 'content-length': content.length }).end(content);
};

/** Cuts the connection once the client has had `bytes` more of the file. */
export const cutAfter =
  (bytes: number, reply: Reply = ranged): Reply =>
  (content, request, response) => {
    const end = response.end.bind(response);
    response.end = ((body?: Buffer) => {
      if (!Buffer.isBuffer(body)) return end();
      response.write(body.subarray(0, bytes), () => response.destroy());
      return response;
    }) as typeof response.end;
    reply(content, request, response);
  };

/** Sends `bytes` of the file, then nothing, and keeps the connection. */
export const silentAfter =
  (bytes: number): Reply =>
  (content, _request, response) => {
    response.writeHead(200, { 'content-length': content.length }).write(content.subarray(0, bytes));
  };

export const status =
  (code: number): Reply =>
  (_content, _request, response) => {
    response.writeHead(code).end();
  };

/** Sends another body in place of the file, with or without saying how long it is. */
export const instead =
  (body: Buffer, headers: Record<string, string | number> = { 'content-length': body.length }): Reply =>
  (_content, _request, response) => {
    response.writeHead(200, headers).end(body);
  };
