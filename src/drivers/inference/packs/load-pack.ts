import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Errors } from 'typebox/value';
import { LimenError } from '../../../core/errors.ts';
import type { ModelPack, ModelRole } from '../../../core/model-pack.ts';
import { PackSchema, type ParsedPack } from './manifest-schema.ts';

/** Where the manifests that come with Limen lie, from a checkout and from `dist` alike. */
export const SHIPPED_PACKS_DIR = fileURLToPath(new URL('../../../../models/packs', import.meta.url));

/** Names of the manifests in `packsDir`, sorted. A missing directory holds none. */
export async function listPacks(packsDir: string = SHIPPED_PACKS_DIR): Promise<string[]> {
  try {
    const entries = await readdir(packsDir);
    return entries
      .filter((entry) => /^[a-z0-9][a-z0-9-]*\.json$/.test(entry))
      .map((entry) => entry.slice(0, -'.json'.length))
      .sort();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw cause;
  }
}

/**
 * Reads `<packsDir>/<name>.json` and proves that it holds together.
 * @throws LimenError `pack_unknown` naming the packs there are; `pack_invalid` naming the wrong field
 */
export async function loadPack(name: string, packsDir: string = SHIPPED_PACKS_DIR): Promise<ModelPack> {
  const known = await listPacks(packsDir);
  if (!known.includes(name)) {
    const list = known.length > 0 ? known.join(', ') : `none (nothing in ${packsDir})`;
    throw new LimenError('pack_unknown', `There is no model pack '${name}'; known packs: ${list}.`);
  }
  const path = join(packsDir, `${name}.json`);
  const pack = parsePack(await withCentre(await readJson(path), packsDir), path);
  if (pack.name !== name) invalid(path, `/name is '${pack.name}', the file's name says '${name}'`);
  return pack;
}

/** The manifest with the numbers in place of the name of the file beside it that holds them. */
async function withCentre(manifest: unknown, packsDir: string): Promise<unknown> {
  const { embedder } = (manifest ?? {}) as { embedder?: { centre?: unknown } };
  if (typeof embedder?.centre !== 'string') return manifest;
  const centre = await readJson(join(packsDir, basename(embedder.centre)));
  return { ...(manifest as object), embedder: { ...embedder, centre } };
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new LimenError('pack_invalid', `${path}: ${(cause as Error).message}`, { cause });
  }
}

/** @throws LimenError `pack_invalid` */
export function parsePack(value: unknown, source: string): ModelPack {
  const errors = Errors(PackSchema, value);
  if (errors.length > 0) {
    // A failing union reports each of its branches: the deepest path is the field that the author has to mend.
    const deepest = errors.reduce((a, b) => (b.instancePath.length > a.instancePath.length ? b : a));
    const extra =
      deepest.keyword === 'additionalProperties' ? `: ${deepest.params.additionalProperties.join(', ')}` : '';
    invalid(source, `${deepest.instancePath || '/'} ${deepest.message}${extra}`);
  }
  const pack: ModelPack = value as ParsedPack;
  checkReferences(pack, source);
  return pack;
}

function checkReferences(pack: ModelPack, source: string): void {
  for (const key of ['id', 'file'] as const) {
    const values = pack.files.map((file) => file[key]);
    const twice = values.find((value, index) => values.indexOf(value) !== index);
    if (twice !== undefined) invalid(source, `/files names the ${key} '${twice}' twice`);
  }
  const liveness = pack.liveness.kind === 'minifasnet' ? pack.liveness.models : [];
  const uses: [section: string, model: string | undefined, role: ModelRole][] = [
    ['/detector/model', pack.detector.model, 'detector'],
    ['/landmarks/model', pack.landmarks?.model, 'landmarks'],
    ['/embedder/model', pack.embedder.model, 'embedder'],
    ['/iris/model', pack.iris?.model, 'iris'],
    ...liveness.map(({ model }, index): [string, string, ModelRole] => [
      `/liveness/models/${index}/model`,
      model,
      'liveness',
    ]),
  ];
  const { centre, length } = pack.embedder;
  if (centre !== undefined && centre.mean.length !== length) {
    invalid(source, `/embedder/centre has ${centre.mean.length} numbers, the embedding ${length}`);
  }
  for (const [section, model, role] of uses) {
    if (model === undefined) continue;
    const file = pack.files.find(({ id }) => id === model);
    if (file === undefined) invalid(source, `${section} names '${model}', which is not in /files`);
    if (file.role !== role) invalid(source, `${section} names '${model}', whose role is '${file.role}'`);
    if (file.optional && role !== 'iris') {
      invalid(source, `${section} needs '${model}', which is marked optional`);
    }
  }
}

function invalid(source: string, what: string): never {
  throw new LimenError('pack_invalid', `${source}: ${what}.`);
}
