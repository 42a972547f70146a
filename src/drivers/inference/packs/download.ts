import { LimenError } from '../../../core/errors.ts';
import { type Clock, delay } from '../../../core/ports/clock.ts';
import type { Log } from '../../../core/ports/log.ts';
import { Backoff } from '../../../runtime/backoff.ts';
import { PartialFile } from './partial-file.ts';
import { type TransferEnd, transfer } from './transfer.ts';

/** How patient a download is with its servers. */
export interface Patience {
  readonly silenceMs: number;
  /** Requests to one address in a row that bring nothing new. */
  readonly attempts: number;
  readonly firstRetryMs: number;
  readonly maxRetryMs: number;
}

export const DEFAULT_PATIENCE: Patience = {
  silenceMs: 30_000,
  attempts: 5,
  firstRetryMs: 1_000,
  maxRetryMs: 30_000,
};

export interface Download {
  /** Tried in order; a later one goes on where an earlier one stopped. */
  readonly urls: readonly string[];
  readonly target: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface DownloadOptions {
  readonly clock: Clock;
  readonly patience: Patience;
  readonly log: Log;
  readonly onBytes: (doneBytes: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Fetches one file and installs it when its hash is right. What an unfinished download has is kept for the next one;
 * bytes with a wrong hash are not.
 * @throws LimenError `model_hash_mismatch` | `model_download_failed`, with what each address said, | `state_unwritable`
 */
export async function download(file: Download, options: DownloadOptions): Promise<void> {
  const partial = await PartialFile.open(file.target, file.bytes);
  let done = false;
  try {
    const failures: string[] = [];
    let wrongFile = false;
    for (const url of file.urls) {
      const result = await fromAddress(url, partial, file, options);
      if (result.end === 'complete') {
        done = true;
        await partial.install();
        return;
      }
      wrongFile ||= result.end === 'wrong_file';
      failures.push(`${url} ${result.why}`);
      options.log.warn({ url, why: result.why }, 'model download failed at this address');
    }
    throw new LimenError(
      wrongFile ? 'model_hash_mismatch' : 'model_download_failed',
      `${file.target} was not installed: ${failures.join('; ')}.`,
    );
  } finally {
    // Bytes with a wrong hash are gone by now (`checked` empties the file): what is left can be gone on with.
    if (!done) await partial.keep();
  }
}

/** The last word of one address; `retry` when its attempts are used up. */
async function fromAddress(
  url: string,
  partial: PartialFile,
  file: Download,
  options: DownloadOptions,
): Promise<TransferEnd> {
  const { attempts, firstRetryMs, maxRetryMs, silenceMs } = options.patience;
  const backoff = new Backoff({ firstMs: firstRetryMs, maxMs: maxRetryMs });
  let etag: string | undefined;
  let farthest = partial.size;
  let fruitless = 0;
  for (;;) {
    options.signal?.throwIfAborted();
    const end = partial.complete
      ? { end: 'complete' as const }
      : await transfer(url, partial, file.bytes, {
          ...options,
          silenceMs,
          etag,
          onEtag: (value) => {
            etag = value;
          },
        });
    const result = end.end === 'complete' ? await checked(partial, file) : end;
    if (result.end !== 'retry') return result;
    fruitless = partial.size > farthest ? 0 : fruitless + 1;
    if (fruitless === 0) backoff.reset();
    farthest = Math.max(farthest, partial.size);
    if (fruitless >= attempts) return { end: 'retry', why: `${result.why} (${attempts} attempts)` };
    options.log.debug({ url, why: result.why, doneBytes: partial.size }, 'model download goes on');
    await delay(options.clock, backoff.nextMs(), options.signal);
  }
}

/** All bytes are there: is it the file? If not, none of them is worth keeping. */
async function checked(partial: PartialFile, file: Download): Promise<TransferEnd> {
  const { sha256, stitched } = partial;
  if (sha256 === file.sha256) return { end: 'complete' };
  await partial.restart();
  // A seam between two answers may be at fault: the same address gets the chance to send it in one piece.
  return {
    end: stitched ? 'retry' : 'wrong_file',
    why: `sent sha256 ${sha256}, the manifest says ${file.sha256}`,
  };
}
