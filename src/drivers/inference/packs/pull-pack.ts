import { createReadStream } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LimenError } from '../../../core/errors.ts';
import type { ModelPack } from '../../../core/model-pack.ts';
import type { Clock } from '../../../core/ports/clock.ts';
import type { Log } from '../../../core/ports/log.ts';
import { SystemClock } from '../../../runtime/clock.ts';
import { DEFAULT_PATIENCE, type Download, download, type Patience } from './download.ts';
import { isAbsent } from './file-hash.ts';
import { findInstalled } from './installed-model.ts';
import type { OnModelProgress } from './model-progress.ts';
import { PartialFile } from './partial-file.ts';

export interface PullOptions {
  readonly modelsDir: string;
  /** A directory or an http(s) address that holds the files under their manifest names, instead of the manifest's. */
  readonly from?: string;
  readonly log: Log;
  readonly onProgress?: OnModelProgress;
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
  readonly patience?: Patience;
}

export interface PulledFile {
  readonly id: string;
  readonly file: string;
  /** `bundled`: part of an npm package, nothing to fetch. */
  readonly state: 'installed' | 'already_installed' | 'bundled';
}

/**
 * Brings every file of the pack into `modelsDir`, the ones it cannot do without first. Files appear whole, checked
 * and durable, or not at all; those already there with the right hash are left alone.
 * @throws LimenError `model_download_failed` | `model_hash_mismatch` | `model_missing` | `state_unwritable`
 */
export async function pullPack(pack: ModelPack, options: PullOptions): Promise<PulledFile[]> {
  const files = [...pack.files].sort((a, b) => Number(a.optional ?? false) - Number(b.optional ?? false));
  const pulled: PulledFile[] = [];
  for (const [position, { id, file, origin }] of files.entries()) {
    const at = { model: id, file, index: position + 1, count: files.length };
    const done = (state: PulledFile['state']) => {
      pulled.push({ id, file, state });
      options.onProgress?.({ stage: 'ready', ...at });
    };
    if (origin.kind === 'npm') {
      done('bundled');
      continue;
    }
    if ((await findInstalled({ file, origin }, [options.modelsDir])).state === 'ok') {
      done('already_installed');
      continue;
    }
    const wanted: Download = {
      urls: [origin.url, ...(origin.mirrors ?? [])],
      target: join(resolve(options.modelsDir), file),
      bytes: origin.bytes,
      sha256: origin.sha256,
    };
    const onBytes = (doneBytes: number) =>
      options.onProgress?.({ stage: 'downloading', ...at, doneBytes, totalBytes: origin.bytes });
    await fetchFile(wanted, file, options, onBytes);
    options.log.info({ pack: pack.name, file, bytes: origin.bytes }, 'model installed');
    done('installed');
  }
  return pulled;
}

async function fetchFile(
  wanted: Download,
  name: string,
  options: PullOptions,
  onBytes: (doneBytes: number) => void,
): Promise<void> {
  const { from, log, signal } = options;
  if (from !== undefined && !/^https?:\/\//.test(from)) {
    const directory = from.startsWith('file:') ? fileURLToPath(from) : from;
    await copy(join(directory, name), wanted, onBytes, signal);
    return;
  }
  const urls = from === undefined ? wanted.urls : [`${from.replace(/\/+$/, '')}/${encodeURIComponent(name)}`];
  const clock = options.clock ?? new SystemClock();
  const patience = options.patience ?? DEFAULT_PATIENCE;
  await download({ ...wanted, urls }, { clock, patience, log, onBytes, ...(signal && { signal }) });
}

async function copy(
  source: string,
  wanted: Download,
  onBytes: (doneBytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const partial = await PartialFile.open(wanted.target, wanted.bytes);
  let done = false;
  try {
    await partial.restart();
    for await (const chunk of createReadStream(source)) {
      signal?.throwIfAborted();
      if (!(await partial.append(chunk as Buffer)))
        mismatch(source, `more than ${wanted.bytes} bytes`, wanted);
      onBytes(partial.size);
    }
    if (partial.sha256 !== wanted.sha256) mismatch(source, `sha256 ${partial.sha256}`, wanted);
    done = true;
    await partial.install();
  } catch (cause) {
    if (!isAbsent(cause)) throw cause;
    throw new LimenError('model_missing', `${source} is not there.`, { cause });
  } finally {
    if (!done) await partial.discard();
  }
}

function mismatch(source: string, found: string, wanted: Download): never {
  const expected = `sha256 ${wanted.sha256} (${wanted.bytes} bytes)`;
  throw new LimenError('model_hash_mismatch', `${source} has ${found}; the manifest says ${expected}.`);
}
