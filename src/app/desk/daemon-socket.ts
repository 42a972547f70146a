import { request } from 'node:http';
import { ERRORS, type ErrorCode, LimenError } from '../../core/errors.ts';

/** A daemon that is busy with door frames still answers an enrolment within seconds. */
const TIMEOUT_MS = 60_000;
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;

export interface DaemonAnswer {
  readonly status: number;
  /** What the JSON says; undefined where there is none. */
  readonly body: unknown;
}

/**
 * One request to the daemon that holds a state directory, through its socket. `body`: a form, or what becomes JSON.
 * @throws LimenError `busy` when the daemon is starting or ending, `internal_fault` when it goes away in mid-answer
 */
export async function askDaemon(
  socketPath: string,
  method: string,
  path: string,
  body?: FormData | object,
): Promise<DaemonAnswer> {
  const encoded = body instanceof FormData ? new Response(body) : body && Response.json(body);
  const bytes = encoded && Buffer.from(await encoded.arrayBuffer());
  const headers = {
    host: 'localhost',
    ...(encoded && { 'content-type': encoded.headers.get('content-type') ?? '' }),
    ...(bytes && { 'content-length': bytes.length }),
  };
  return new Promise((resolve, reject) => {
    const failed = (cause: Error) => reject(unanswered(cause));
    const sent = request({ socketPath, method, path, headers, timeout: TIMEOUT_MS }, (response) => {
      const chunks: Buffer[] = [];
      let received = 0;
      response.on('data', (chunk: Buffer) => {
        received += chunk.length;
        if (received > MAX_ANSWER_BYTES) response.destroy(new Error('its answer is too long'));
        else chunks.push(chunk);
      });
      response.on('error', failed);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: parsed(Buffer.concat(chunks)) }),
      );
    });
    sent.on('timeout', () => sent.destroy(new Error(`nothing for ${TIMEOUT_MS} ms`)));
    sent.on('error', failed);
    sent.end(bytes);
  });
}

/** The members of an RFC 9457 answer. */
export function problemIn(body: unknown): { code: string; detail: string; advice: string } {
  const {
    code = 'internal_fault',
    detail = 'no reason given',
    advice = '',
  } = (body ?? {}) as Record<string, string>;
  return { code, detail, advice };
}

/** The body of an answer with the status expected. @throws LimenError `internal_fault` for any other */
export function expectStatus(answer: DaemonAnswer, status: number): unknown {
  if (answer.status === status) return answer.body;
  throw new LimenError(
    'internal_fault',
    `the daemon answered ${answer.status}: ${problemIn(answer.body).detail}`,
  );
}

/** The daemon's own refusal as an error of this process. */
export function refusalIn({ body }: DaemonAnswer): LimenError {
  const { code, detail } = problemIn(body);
  return new LimenError(Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : 'internal_fault', detail);
}

/** What became of the connection, as an error that says whether anything was asked. */
export function unanswered(cause: NodeJS.ErrnoException): LimenError {
  // nobody listens, although somebody holds the state directory: nothing was asked
  if (cause.code === 'ENOENT' || cause.code === 'ECONNREFUSED') {
    const message = 'the daemon of this state directory is starting or ending; try again in a few seconds';
    return new LimenError('busy', message, { cause });
  }
  return new LimenError(
    'internal_fault',
    `the running daemon went away before its answer was complete (${cause.message}); ` +
      'what was asked may have been done: limen people shows it',
    { cause },
  );
}

function parsed(bytes: Buffer): unknown {
  try {
    return bytes.length === 0 ? undefined : JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
