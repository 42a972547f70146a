import type { ModelPack } from '../../../core/model-pack.ts';
import type { Log } from '../../../core/ports/log.ts';
import { loadPack } from './load-pack.ts';
import type { ModelProgress } from './model-progress.ts';
import { pullPack } from './pull-pack.ts';
import { resolveModels } from './resolve-models.ts';
import { describePacks, type PackState, verifyPack } from './verify-pack.ts';

/** What `limen models …` needs; `write` takes whole lines for standard output, `note` for standard error. */
export interface ModelsVerbOptions {
  readonly modelsDir: string;
  readonly searchPath: readonly string[];
  readonly packsDir?: string;
  /** One JSON document instead of lines. */
  readonly json: boolean;
  readonly log: Log;
  readonly write: (line: string) => void;
  readonly note: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** `limen models list`: every pack and what there is of it. Returns the exit code. */
export async function modelsList(options: ModelsVerbOptions): Promise<number> {
  const packs = await describePacks(options);
  if (options.json) options.write(JSON.stringify({ packs }));
  else for (const pack of packs) printState(pack, options.write);
  return 0;
}

/** `limen models verify PACK`: hashes every file. Exit code 1 when the pack cannot be used as it is. */
export async function modelsVerify(name: string, options: ModelsVerbOptions): Promise<number> {
  const state = await verifyPack(await loadPack(name, options.packsDir), options);
  if (options.json) options.write(JSON.stringify(state));
  else printState(state, options.write);
  const wrong = state.files.some((file) => file.state === 'wrong_hash' || file.state === 'corrupt');
  return state.usable && !wrong ? 0 : 1;
}

/** `limen models compile PACK`: everything needed, optional models too, is compiled and checked. */
export async function modelsCompile(name: string, options: ModelsVerbOptions): Promise<number> {
  const pack = await loadPack(name, options.packsDir);
  const want = pack.files.filter(({ origin }) => origin.kind === 'npm').map(({ id }) => id);
  const models = await resolveModels(pack, { ...options, want, onProgress: progressNotes(options.note) });
  const files = [...models.values()].map(({ id, path }) => ({ id, path }));
  if (options.json) options.write(JSON.stringify({ pack: name, files }));
  else if (files.length === 0) options.write(`${name}: nothing to compile, its models are downloads`);
  else for (const { id, path } of files) options.write(`${id}  ${path}`);
  return 0;
}

/** `limen models pull PACK [--from DIR|URL]`. */
export async function modelsPull(
  name: string,
  options: ModelsVerbOptions & { readonly from?: string },
): Promise<number> {
  const pack: ModelPack = await loadPack(name, options.packsDir);
  const files = await pullPack(pack, { ...options, onProgress: progressNotes(options.note) });
  if (options.json) options.write(JSON.stringify({ pack: name, modelsDir: options.modelsDir, files }));
  else for (const { file, state } of files) options.write(`${file}  ${state.replaceAll('_', ' ')}`);
  return 0;
}

function printState({ name, title, usable, files }: PackState, write: (line: string) => void): void {
  write(`${name}  ${usable ? 'usable' : `not usable, run: limen models pull ${name}`}  (${title})`);
  for (const { id, role, bytes, state, optional, why } of files) {
    const size = `${(bytes / 1e6).toFixed(1)} MB`;
    const parts = [id, role, size, state.replaceAll('_', ' '), ...(optional ? ['optional'] : [])];
    write(`  ${parts.join('  ')}${why === undefined ? '' : `  (${why})`}`);
  }
}

/** One note a file and tenth of it: a pull over a slow line shows life without filling a journal. */
export function progressNotes(note: (line: string) => void): (progress: ModelProgress) => void {
  let last = '';
  return ({ stage, file, index, count, doneBytes, totalBytes }) => {
    if (stage === 'ready') return;
    const tenths =
      doneBytes === undefined || totalBytes === undefined
        ? ''
        : ` ${Math.floor((10 * doneBytes) / totalBytes)}0 %`;
    const line = `[${index}/${count}] ${stage} ${file}${tenths.replace(' 00', ' 0')}`;
    if (line !== last) note(line);
    last = line;
  };
}
