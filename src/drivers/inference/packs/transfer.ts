import { LimenError } from '../../../core/errors.ts';
import type { Clock } from '../../../core/ports/clock.ts';
import type { PartialFile } from './partial-file.ts';

/**
 * How one request ended: the file has all its bytes, the same address may do better, it will not, or what it has is
 * another file than the one that was measured.
 */
export type TransferEnd =
  | { readonly end: 'complete' }
  | { readonly end: 'retry' | 'give_up' | 'wrong_file'; readonly why: string };

export interface TransferOptions {
  readonly clock: Clock;
  /** A server that says nothing for this long is given up. */
  readonly silenceMs: number;
  /** Strong entity tag of an earlier answer from the same address. */
  readonly etag: string | undefined;
  readonly onEtag: (etag: string | undefined) => void;
  readonly onBytes: (doneBytes: number) => void;
  readonly signal?: AbortSignal;
}

/** Statuses that say "later", not "no" (RFC 9110, RFC 6585). */
const RETRYABLE = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * Asks `url` once for what `partial` lacks and appends it. Rejects only when `signal` aborts or the disk fails.
 */
export async function transfer(
  url: string,
  partial: PartialFile,
  totalBytes: number,
  options: TransferOptions,
): Promise<TransferEnd> {
  const silence = new Silence(options.clock, options.silenceMs);
  const signals = options.signal ? [silence.signal, options.signal] : [silence.signal];
  try {
    const response = await fetch(url, {
      headers: requestHeaders(partial.size, options.etag),
      signal: AbortSignal.any(signals),
    });
    silence.broken();
    const refusal = await accept(response, partial, totalBytes);
    if (refusal !== undefined) {
      await response.body?.cancel();
      return refusal;
    }
    options.onEtag(strongEtag(response));
    partial.beginPiece();
    for await (const chunk of response.body ?? []) {
      silence.broken();
      if (!(await partial.append(chunk))) {
        await partial.restart();
        return { end: 'wrong_file', why: `sent more than the ${totalBytes} bytes of the manifest` };
      }
      options.onBytes(partial.size);
    }
  } catch (cause) {
    options.signal?.throwIfAborted();
    if (cause instanceof LimenError) throw cause;
    return { end: 'retry', why: silence.signal.aborted ? silence.message : reasonOf(cause) };
  } finally {
    silence.stop();
  }
  if (partial.complete) return { end: 'complete' };
  return { end: 'retry', why: `ended after ${partial.size} of ${totalBytes} bytes` };
}

function requestHeaders(size: number, etag: string | undefined): Record<string, string> {
  // Compressed, byte ranges would count other bytes than the file's.
  const headers: Record<string, string> = { 'accept-encoding': 'identity' };
  if (size > 0) headers.range = `bytes=${size}-`;
  if (size > 0 && etag !== undefined) headers['if-range'] = etag;
  return headers;
}

/** Brings `partial` to where the answer's body goes on, or says why the body is of no use. */
async function accept(
  response: Response,
  partial: PartialFile,
  totalBytes: number,
): Promise<TransferEnd | undefined> {
  const { status } = response;
  if (status === 206) {
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '');
    const fits =
      Number(range?.[1]) === partial.size && (range?.[2] === '*' || Number(range?.[2]) === totalBytes);
    if (fits) return undefined;
    await partial.restart();
    return { end: 'retry', why: `answered another range (${response.headers.get('content-range')})` };
  }
  if (status === 416) {
    await partial.restart();
    return { end: 'retry', why: 'has no such range' };
  }
  if (status !== 200) {
    return { end: RETRYABLE.has(status) ? 'retry' : 'give_up', why: `answered ${status}` };
  }
  // The whole file: the server knows no ranges, or its file is not the one we began with.
  if (partial.size > 0) await partial.restart();
  const length = response.headers.get('content-length');
  if (length === null || response.headers.has('content-encoding') || Number(length) === totalBytes) {
    return undefined;
  }
  return { end: 'wrong_file', why: `has ${length} bytes, the manifest says ${totalBytes}` };
}

function strongEtag(response: Response): string | undefined {
  const etag = response.headers.get('etag');
  return etag === null || etag.startsWith('W/') ? undefined : etag;
}

function reasonOf(cause: unknown): string {
  const error = cause as Error;
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

/** Aborts its signal when it was not broken for `silenceMs`. */
class Silence {
  readonly #clock: Clock;
  readonly #silenceMs: number;
  readonly #controller = new AbortController();
  #cancel: () => void;

  constructor(clock: Clock, silenceMs: number) {
    this.#clock = clock;
    this.#silenceMs = silenceMs;
    this.#cancel = this.#arm();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get message(): string {
    return `was silent for ${this.#silenceMs} ms`;
  }

  broken(): void {
    this.#cancel();
    this.#cancel = this.#arm();
  }

  stop(): void {
    this.#cancel();
  }

  #arm(): () => void {
    return this.#clock.after(this.#silenceMs, () => this.#controller.abort(new Error(this.message)));
  }
}
