import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { type IncomingMessage, type RequestOptions, request } from 'node:http';
import { Readable } from 'node:stream';
import { fileUnusable } from '../given-file.ts';
import { type DaemonAnswer, refusalIn, unanswered } from './daemon-socket.ts';

/** Between two pieces of a long answer: a backup of many pictures waits for the disk, never longer. */
const SILENT_MS = 120_000;
const MAX_ANSWER_BYTES = 1024 * 1024;

/** What the daemon answers as a file, piece by piece. @throws LimenError the daemon's own refusal, and as `askDaemon` */
export async function daemonFile(
  socketPath: string,
  method: string,
  path: string,
  body?: object,
): Promise<AsyncIterable<Uint8Array>> {
  const json = body && Buffer.from(JSON.stringify(body));
  const headers = json && { 'content-type': 'application/json', 'content-length': json.length };
  const response = await exchange(
    { socketPath, method, path, ...(headers && { headers }) },
    Readable.from(json ? [json] : []),
  );
  if (response.statusCode !== 200) throw refusalIn(await answerOf(response));
  return wholeFile(response);
}

/** Sends a form with one file, and texts before it. @throws LimenError as `askDaemon`; `file_unusable` */
export async function sendFile(
  socketPath: string,
  path: string,
  form: { readonly field: string; readonly path: string; readonly texts: Readonly<Record<string, string>> },
): Promise<DaemonAnswer> {
  const size = await stat(form.path).then(
    (found) => found.size,
    (cause: NodeJS.ErrnoException) => {
      throw fileUnusable(form.path, cause);
    },
  );
  const boundary = `limen-${randomUUID()}`;
  const part = (name: string, rest: string) =>
    `--${boundary}\r\ncontent-disposition: form-data; name="${name}"${rest}\r\n\r\n`;
  const texts = Object.entries(form.texts).map(([name, text]) => `${part(name, '')}${text}\r\n`);
  const head = Buffer.from(texts.join('') + part(form.field, '; filename="file"'));
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  const headers = {
    'content-type': `multipart/form-data; boundary=${boundary}`,
    'content-length': head.length + size + tail.length,
  };
  async function* body() {
    yield head;
    yield* createReadStream(form.path);
    yield tail;
  }
  return answerOf(await exchange({ socketPath, method: 'POST', path, headers }, Readable.from(body())));
}

function exchange(options: RequestOptions, body: Readable): Promise<IncomingMessage> {
  const headers = { host: 'localhost', ...options.headers };
  return new Promise((resolve, reject) => {
    const sent = request({ ...options, headers, timeout: SILENT_MS }, resolve);
    const failed = (cause: Error) => reject(unanswered(cause));
    sent.on('timeout', () => sent.destroy(new Error(`nothing for ${SILENT_MS} ms`)));
    sent.on('error', failed);
    body.on('error', (cause) => sent.destroy(cause));
    body.pipe(sent);
  });
}

async function* wholeFile(response: IncomingMessage): AsyncIterable<Uint8Array> {
  try {
    yield* response;
  } catch (cause) {
    throw unanswered(cause as Error);
  }
}

async function answerOf(response: IncomingMessage): Promise<DaemonAnswer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of wholeFile(response)) {
    bytes += piece.length;
    if (bytes <= MAX_ANSWER_BYTES) pieces.push(Buffer.from(piece));
  }
  const status = response.statusCode ?? 0;
  try {
    return { status, body: JSON.parse(Buffer.concat(pieces).toString()) };
  } catch {
    return { status, body: undefined };
  }
}
