import { resolve } from 'node:path';
import { LimenError } from '../../../core/errors.ts';
import type { ModelFile, ModelPack } from '../../../core/model-pack.ts';
import type { Log } from '../../../core/ports/log.ts';
import { compiledPath, compiledState, type GraphCompiler, writeCompiled } from './compiled-model.ts';
import { graphCompiler } from './graph-compiler.ts';
import { type NpmOrigin, readGraphModel } from './graph-model-source.ts';
import { type DownloadOrigin, findInstalled } from './installed-model.ts';
import type { OnModelProgress } from './model-progress.ts';

export interface ResolvedModel {
  readonly id: string;
  /** Absolute path of a file whose hash was checked: `.onnx`, or the TF.js JSON when `format` is `tfjs`. */
  readonly path: string;
  /** Absolute path of the TF.js `model.json`, for models that come as one; its `.bin` lies beside it. */
  readonly tfjsPath?: string;
}

export interface ResolveOptions {
  /** Where pulled and compiled models live; made when something has to be compiled. */
  readonly modelsDir: string;
  /** Read-only directories searched after `modelsDir` (LIMEN_MODELS_PATH). */
  readonly searchPath?: readonly string[];
  /** Default: Limen's own. */
  readonly compiler?: GraphCompiler;
  readonly log: Log;
  readonly onProgress?: OnModelProgress;
  /** Ids wanted; by default every file that is not optional. */
  readonly want?: readonly string[];
  /** `tfjs` leaves graph models uncompiled, for the models that the compiler refuses. Default `onnx`. */
  readonly format?: 'onnx' | 'tfjs';
  /** Finds an installed package; for tests. */
  readonly packageRoot?: (name: string) => string;
}

/**
 * Turns a pack into files that can be loaded, compiling graph models that are not in the cache. Several processes
 * may do this in one directory at once.
 * @throws LimenError `model_missing` | `model_hash_mismatch` | `package_missing` | `model_operator_unsupported` |
 *   `model_unreadable` | `state_unwritable`
 */
export async function resolveModels(
  pack: ModelPack,
  options: ResolveOptions,
): Promise<ReadonlyMap<string, ResolvedModel>> {
  const files = wantedFiles(pack, options.want);
  const resolved = new Map<string, ResolvedModel>();
  const missing: string[] = [];
  for (const [position, file] of files.entries()) {
    const at = { model: file.id, file: file.file, index: position + 1, count: files.length };
    const model =
      file.origin.kind === 'npm'
        ? await resolveGraphModel(file, file.origin, options, () =>
            options.onProgress?.({ stage: 'compiling', ...at }),
          )
        : await resolveDownload(file, file.origin, options);
    if (model === undefined) missing.push(file.file);
    else {
      resolved.set(file.id, model);
      options.onProgress?.({ stage: 'ready', ...at });
    }
  }
  if (missing.length > 0) {
    throw new LimenError(
      'model_missing',
      `Pack '${pack.name}' lacks ${missing.join(', ')} (looked in ${directories(options).join(', ')}). ` +
        `Run: limen models pull ${pack.name}`,
    );
  }
  return resolved;
}

function wantedFiles(pack: ModelPack, want: readonly string[] | undefined): readonly ModelFile[] {
  if (want === undefined) return pack.files.filter((file) => !file.optional);
  return want.map((id) => {
    const file = pack.files.find((candidate) => candidate.id === id);
    if (file !== undefined) return file;
    const known = pack.files.map((candidate) => candidate.id).join(', ');
    throw new LimenError('model_missing', `Pack '${pack.name}' has no model '${id}'; it has ${known}.`);
  });
}

function directories(options: ResolveOptions): string[] {
  return [options.modelsDir, ...(options.searchPath ?? [])].map((directory) => resolve(directory));
}

async function resolveDownload(
  file: ModelFile,
  origin: DownloadOrigin,
  options: ResolveOptions,
): Promise<ResolvedModel | undefined> {
  const installed = await findInstalled({ file: file.file, origin }, directories(options));
  if (installed.state === 'ok') return { id: file.id, path: installed.path };
  if (installed.state === 'missing') return undefined;
  const found = installed.found.map(({ path, sha256 }) => `${path} has sha256 ${sha256}`).join('; ');
  throw new LimenError('model_hash_mismatch', `${found}; the manifest says ${origin.sha256}.`);
}

async function resolveGraphModel(
  file: ModelFile,
  origin: NpmOrigin,
  options: ResolveOptions,
  onCompile: () => void,
): Promise<ResolvedModel> {
  const { compiler = graphCompiler, log } = options;
  const source = await readGraphModel(file, origin, options.packageRoot);
  const tfjsPath = source.jsonPath;
  if (options.format === 'tfjs') return { id: file.id, path: tfjsPath, tfjsPath };
  const path = compiledPath(resolve(options.modelsDir), file, origin, compiler.version);
  const state = await compiledState(path);
  if (state === 'ok') return { id: file.id, path, tfjsPath };
  if (state === 'corrupt')
    log.warn({ model: file.id, path }, 'compiled model is damaged, compiling it again');
  onCompile();
  const onnx = await compiler.compile(source.json, source.weights);
  try {
    await writeCompiled(path, onnx, file);
  } catch (cause) {
    throw new LimenError('state_unwritable', `Cannot write ${path}: ${(cause as Error).message}.`, { cause });
  }
  log.info({ model: file.id, path, bytes: onnx.length }, 'model compiled');
  return { id: file.id, path, tfjsPath };
}
