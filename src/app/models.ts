import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { LimenError } from '../core/errors.ts';
import type { ModelPack } from '../core/model-pack.ts';
import type { Log } from '../core/ports/log.ts';
import { parseSearchPath } from '../drivers/inference/packs/installed-model.ts';
import type { OnModelProgress } from '../drivers/inference/packs/model-progress.ts';
import { resolveModels } from '../drivers/inference/packs/resolve-models.ts';

export interface ModelPlaces {
  readonly modelsDir: string;
  /** LIMEN_MODELS_PATH: read-only directories searched after `modelsDir`. */
  readonly searchPath: readonly string[];
}

/** Where this daemon's weight files are. */
export function modelPlaces(
  config: Config,
  stateDir: string,
  env: Readonly<Record<string, string | undefined>>,
): ModelPlaces {
  return {
    modelsDir: config.models.dir ?? join(stateDir, 'models'),
    searchPath: parseSearchPath(env.LIMEN_MODELS_PATH),
  };
}

export interface ResolveParts extends ModelPlaces {
  readonly runtime: Config['inference']['runtime'];
  readonly log: Log;
  readonly onProgress?: OnModelProgress | undefined;
}

export interface SitePlaces {
  readonly config: Config;
  readonly stateDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
  readonly onProgress?: OnModelProgress | undefined;
}

/** `RecognitionParts.resolve` of a pack whose files are where this site keeps them; `runtime` is the site's when not given. */
export function siteModels(
  pack: ModelPack,
  { config, stateDir, env, log, onProgress }: SitePlaces,
  runtime = config.inference.runtime,
): (ids: readonly string[]) => Promise<ReadonlyMap<string, string>> {
  return (ids) =>
    resolvePaths(pack, ids, { ...modelPlaces(config, stateDir, env), runtime, log, onProgress });
}

/** Paths of the named networks' files, checked, and compiled where needed. @throws LimenError `model_missing` … */
export async function resolvePaths(
  pack: ModelPack,
  ids: readonly string[],
  parts: ResolveParts,
): Promise<ReadonlyMap<string, string>> {
  const { runtime, onProgress, ...places } = parts;
  if (runtime === 'tfjs' && pack.files.some(({ id, origin }) => ids.includes(id) && origin.kind !== 'npm')) {
    throw new LimenError(
      'config_invalid',
      `pack ${pack.name} holds ONNX files, which inference.runtime: tfjs cannot run; use onnx, or the pack human`,
    );
  }
  const models = await resolveModels(pack, {
    ...places,
    want: ids,
    format: runtime,
    ...(onProgress && { onProgress }),
  });
  return new Map([...models].map(([id, model]) => [id, model.path]));
}
