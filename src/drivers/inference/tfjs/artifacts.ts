import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { io } from '@tensorflow/tfjs-core';
import { LimenError } from '../../../core/errors.ts';
import type { ModelSource } from '../../../core/ports/inference.ts';

interface ModelJson {
  readonly modelTopology: object;
  readonly signature?: object;
  readonly weightsManifest: readonly { paths: string[]; weights: io.WeightsManifestEntry[] }[];
}

/**
 * Reads a TF.js `model.json` and the weight files beside it.
 * @throws LimenError `model_missing` | `model_unreadable`
 */
export async function readArtifacts({ name, path }: ModelSource): Promise<io.ModelArtifacts> {
  const model = parse(name, (await read(name, path)).toString('utf8'));
  const files = model.weightsManifest.flatMap((group) => group.paths);
  const foreign = files.filter((file) => basename(file) !== file);
  if (foreign.length > 0) {
    throw new LimenError('model_unreadable', `${name}: weights outside its folder: ${foreign.join(', ')}`);
  }
  const shards = await Promise.all(files.map((file) => read(name, join(dirname(path), file))));
  return {
    modelTopology: model.modelTopology,
    weightSpecs: model.weightsManifest.flatMap((group) => group.weights),
    weightData: new Uint8Array(Buffer.concat(shards)).buffer,
    ...(model.signature === undefined ? {} : { signature: model.signature }),
  };
}

async function read(name: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new LimenError('model_missing', `${name}: cannot read ${path}`, { cause });
  }
}

function parse(name: string, text: string): ModelJson {
  let model: Partial<ModelJson> | null;
  try {
    model = JSON.parse(text) as Partial<ModelJson> | null;
  } catch (cause) {
    throw new LimenError('model_unreadable', `${name}: not JSON`, { cause });
  }
  const groups = model?.weightsManifest;
  const complete =
    typeof model?.modelTopology === 'object' &&
    Array.isArray(groups) &&
    groups.every((group) => Array.isArray(group?.paths) && Array.isArray(group?.weights));
  if (!complete) {
    throw new LimenError('model_unreadable', `${name}: not a TF.js graph model`);
  }
  return model as ModelJson;
}
