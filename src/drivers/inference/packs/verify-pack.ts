import { resolve } from 'node:path';
import { LimenError } from '../../../core/errors.ts';
import type { ModelFile, ModelPack, ModelRole } from '../../../core/model-pack.ts';
import { compiledPath, compiledState, type GraphCompiler } from './compiled-model.ts';
import { graphCompiler } from './graph-compiler.ts';
import { type NpmOrigin, readGraphModel } from './graph-model-source.ts';
import { findInstalled } from './installed-model.ts';
import { listPacks, loadPack } from './load-pack.ts';

/** What a check of all bytes says of one file; `not_compiled` is compiled at the next start. */
export type FileState = 'ok' | 'missing' | 'wrong_hash' | 'not_compiled' | 'corrupt';

export interface VerifiedFile {
  readonly id: string;
  readonly role: ModelRole;
  readonly file: string;
  readonly optional: boolean;
  readonly licence: string;
  /** Bytes as they come: the download, or the graph model's JSON and weights. */
  readonly bytes: number;
  readonly state: FileState;
  /** Where it lies, when it is `ok`. */
  readonly path?: string;
  /** What is wrong, with the values at hand. */
  readonly why?: string;
}

export interface PackState {
  readonly name: string;
  readonly title: string;
  /** Whether everything needed is there or can be compiled without a network. */
  readonly usable: boolean;
  readonly files: readonly VerifiedFile[];
}

export interface VerifyOptions {
  readonly modelsDir: string;
  readonly searchPath?: readonly string[];
  readonly compiler?: GraphCompiler;
  readonly packageRoot?: (name: string) => string;
}

/** Reads and hashes every file of the pack; changes nothing. */
export async function verifyPack(pack: ModelPack, options: VerifyOptions): Promise<PackState> {
  const files: VerifiedFile[] = [];
  for (const file of pack.files) files.push(await verifyFile(file, options));
  const usable = files.every(
    ({ state, optional }) => optional || state === 'ok' || state === 'not_compiled' || state === 'corrupt',
  );
  return { name: pack.name, title: pack.title, usable, files };
}

/** The state of every pack in `packsDir`. @throws LimenError `pack_invalid` */
export async function describePacks(options: VerifyOptions & { packsDir?: string }): Promise<PackState[]> {
  const states: PackState[] = [];
  for (const name of await listPacks(options.packsDir)) {
    states.push(await verifyPack(await loadPack(name, options.packsDir), options));
  }
  return states;
}

async function verifyFile(file: ModelFile, options: VerifyOptions): Promise<VerifiedFile> {
  const { id, role, licence, origin } = file;
  const known = { id, role, file: file.file, optional: file.optional ?? false, licence };
  if (origin.kind === 'npm') {
    const bytes = origin.bytes.json + origin.bytes.weights;
    return { ...known, bytes, ...(await verifyGraphModel(file, origin, options)) };
  }
  const { bytes } = origin;
  const directories = [options.modelsDir, ...(options.searchPath ?? [])].map((directory) =>
    resolve(directory),
  );
  const installed = await findInstalled({ file: file.file, origin }, directories);
  switch (installed.state) {
    case 'ok':
      return { ...known, bytes, state: 'ok', path: installed.path };
    case 'missing':
      return { ...known, bytes, state: 'missing', why: `not in ${directories.join(', ')}` };
    case 'wrong_hash': {
      const found = installed.found.map(({ path, sha256 }) => `${path} has sha256 ${sha256}`).join('; ');
      return { ...known, bytes, state: 'wrong_hash', why: `${found}; the manifest says ${origin.sha256}` };
    }
  }
}

async function verifyGraphModel(
  file: ModelFile,
  origin: NpmOrigin,
  options: VerifyOptions,
): Promise<{ state: FileState; path?: string; why?: string }> {
  try {
    await readGraphModel(file, origin, options.packageRoot);
  } catch (cause) {
    if (!(cause instanceof LimenError)) throw cause;
    return { state: cause.code === 'model_hash_mismatch' ? 'wrong_hash' : 'missing', why: cause.message };
  }
  const { version } = options.compiler ?? graphCompiler;
  const path = compiledPath(resolve(options.modelsDir), file, origin, version);
  switch (await compiledState(path)) {
    case 'ok':
      return { state: 'ok', path };
    case 'missing':
      return { state: 'not_compiled' };
    case 'corrupt':
      return { state: 'corrupt', why: `${path} is not what was written; it will be compiled again` };
  }
}
