import { createHash, randomBytes } from 'node:crypto';
import type { ModelFile, ModelPack } from '../../../../src/core/model-pack.ts';
import { loadPack } from '../../../../src/drivers/inference/packs/load-pack.ts';

export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Contents of `count` small model files by name; random, so that no two tests share a hash. */
export function smallFiles(count: number, bytes = 50_000): Map<string, Buffer> {
  return new Map(Array.from({ length: count }, (_, index) => [`small-${index}.onnx`, randomBytes(bytes)]));
}

/** A pack that downloads `files` from `base`, its other sections being those of `recommended`. */
export async function packOf(files: ReadonlyMap<string, Uint8Array>, base: string): Promise<ModelPack> {
  const recommended = await loadPack('recommended');
  const entries = [...files].map(
    ([file, content]): ModelFile => ({
      id: file.replace('.onnx', ''),
      role: 'detector',
      file,
      licence: 'none',
      origin: { kind: 'download', url: `${base}/${file}`, bytes: content.length, sha256: sha256(content) },
    }),
  );
  return { ...recommended, name: 'small', files: entries };
}
