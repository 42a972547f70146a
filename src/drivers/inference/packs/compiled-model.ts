import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ModelFile } from '../../../core/model-pack.ts';
import { hashFile, isAbsent, sha256Of } from './file-hash.ts';
import type { NpmOrigin } from './graph-model-source.ts';
import { abandonedTemporaries, install, releaseTemporary, reserveTemporary } from './temporary-file.ts';

/** Turns a TF.js graph model into ONNX. `version` changes whenever the output may. */
export interface GraphCompiler {
  readonly version: string;
  compile(modelJson: Uint8Array, weights: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** Where the compiled form of a model belongs: its name holds the hash of all that went into it. */
export function compiledPath(
  modelsDir: string,
  file: ModelFile,
  origin: NpmOrigin,
  compilerVersion: string,
): string {
  const inputs = [origin.sha256.json, origin.sha256.weights, compilerVersion].join('\n');
  const key = sha256Of(Buffer.from(inputs)).slice(0, 16);
  return join(modelsDir, `${stem(file)}-${key}.onnx`);
}

function stem(file: ModelFile): string {
  return file.file.replace(/\.onnx$/, '');
}

/** Whether the compiled file is there and still the bytes that were written, by the hash stored beside it. */
export async function compiledState(path: string): Promise<'ok' | 'missing' | 'corrupt'> {
  const actual = await hashFile(path);
  if (actual === undefined) return 'missing';
  try {
    const stored = (await readFile(hashPath(path), 'utf8')).trim();
    return stored === actual.sha256 ? 'ok' : 'corrupt';
  } catch (cause) {
    if (isAbsent(cause)) return 'corrupt';
    throw cause;
  }
}

const hashPath = (path: string) => `${path}.sha256`;

/**
 * Writes a compiled model and its hash. Each file appears whole or not at all, the hash last: whoever reads in
 * between, or after a power cut, finds no hash and compiles again. Older compilations of the model are removed.
 */
export async function writeCompiled(path: string, bytes: Uint8Array, file: ModelFile): Promise<void> {
  const directory = dirname(path);
  await mkdir(directory, { recursive: true });
  await writeWhole(path, bytes);
  await writeWhole(hashPath(path), Buffer.from(`${sha256Of(bytes)}\n`));
  const older = new RegExp(`^${stem(file).replaceAll('.', '\\.')}-[0-9a-f]{16}\\.onnx(\\.sha256)?$`);
  for (const name of await readdir(directory)) {
    if (older.test(name) && !name.startsWith(basename(path)))
      await rm(join(directory, name), { force: true });
  }
}

async function writeWhole(target: string, bytes: Uint8Array): Promise<void> {
  for (const leftover of await abandonedTemporaries(target)) await rm(leftover, { force: true });
  const temporary = reserveTemporary(target);
  try {
    await writeFile(temporary, bytes, { flag: 'wx' });
    await install(temporary, target);
  } finally {
    await rm(temporary, { force: true });
    releaseTemporary(temporary);
  }
}
