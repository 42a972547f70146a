import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { LimenError } from '../../../core/errors.ts';
import type { ModelFile, ModelOrigin } from '../../../core/model-pack.ts';
import { isAbsent, sha256Of } from './file-hash.ts';

export type NpmOrigin = Extract<ModelOrigin, { kind: 'npm' }>;

/** A TF.js graph model as it lies in an installed package, its hashes checked. */
export interface GraphModelSource {
  readonly jsonPath: string;
  readonly json: Uint8Array;
  readonly weights: Uint8Array;
}

/** Directory of an installed package; it need not export its package.json. Throws when it is not installed. */
export function packageRoot(name: string): string {
  const entry = createRequire(import.meta.url).resolve(name);
  const marker = join('node_modules', ...name.split('/'));
  for (let directory = dirname(entry); directory !== dirname(directory); directory = dirname(directory)) {
    if (directory.endsWith(marker)) return directory;
  }
  throw new Error(`${entry} is not in a ${marker}`);
}

/**
 * Reads both files of a graph model and proves that they are the ones the manifest was written for.
 * @throws LimenError `package_missing` | `model_missing` | `model_hash_mismatch`
 */
export async function readGraphModel(
  file: ModelFile,
  origin: NpmOrigin,
  rootOf: (packageName: string) => string = packageRoot,
): Promise<GraphModelSource> {
  const wanted = `${origin.package}@${origin.version}`;
  let root: string;
  try {
    root = rootOf(origin.package);
  } catch (cause) {
    throw new LimenError(
      'package_missing',
      `Model '${file.id}' is part of ${wanted}, which is not installed.`,
      {
        cause,
      },
    );
  }
  const jsonPath = join(root, origin.path);
  const weightsPath = jsonPath.replace(/\.json$/, '.bin');
  const json = await readChecked(jsonPath, origin.sha256.json, wanted);
  const weights = await readChecked(weightsPath, origin.sha256.weights, wanted);
  return { jsonPath, json, weights };
}

async function readChecked(path: string, sha256: string, wanted: string): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    const buffer = await readFile(path);
    // A plain array: Buffer's own slice() shares memory where Uint8Array's copies.
    bytes = new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  } catch (cause) {
    if (!isAbsent(cause)) throw cause;
    throw new LimenError('model_missing', `${path} is not there; ${wanted} should hold it. Run npm ci.`, {
      cause,
    });
  }
  const actual = sha256Of(bytes);
  if (actual !== sha256) {
    throw new LimenError(
      'model_hash_mismatch',
      `${path} has sha256 ${actual}, the file of ${wanted} has ${sha256}. Run npm ci.`,
    );
  }
  return bytes;
}
