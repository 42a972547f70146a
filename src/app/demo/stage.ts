import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LimenError } from '../../core/errors.ts';
import type { RgbImage } from '../../core/image.ts';
import type { ImageDecoder } from '../../core/ports/media.ts';
import { packageRoot } from '../../drivers/inference/packs/graph-model-source.ts';
import type { FaceEngine } from '../../services/recognition/face-engine.ts';
import { portraitsIn } from './portraits.ts';
import { scenes } from './scenes.ts';

/** Both pictures come with the npm package that the default pack is compiled from. */
const ENROLMENT_PICTURE = 'assets/screenshot-faceid.jpg';
const GALLERY_PICTURE = 'assets/screenshot-facematch.jpg';
/** The gallery picture sorts its faces by likeness: the top row shows one man, the lower rows other people. */
const TOP_ROW = { fromY: 280, toY: 400 };
const LOWER_ROWS = { fromY: 700, toY: 960 };
/** Which portraits of those rows play: two strangers, then the man who was enrolled from another photograph. */
const STRANGERS = [3, 22] as const;
const RESIDENT = 15;

export interface Stage {
  /** The photograph to enrol from, as a file's bytes. */
  readonly photograph: Uint8Array;
  /** Folder of pictures for a `stills:` camera, in order. */
  readonly folder: string;
  readonly pictures: number;
}

/** Prepares what the demo's camera will see. @throws LimenError `package_missing` */
export async function setStage(directory: string, decoder: ImageDecoder, engine: FaceEngine): Promise<Stage> {
  const photograph = await asset(ENROLMENT_PICTURE);
  const portraits = await portraitsIn(await decode(decoder, await asset(GALLERY_PICTURE)), engine);
  const between = ({ fromY, toY }: { fromY: number; toY: number }) =>
    portraits.filter(({ box }) => box.y >= fromY && box.y < toY).map(({ image }) => image);
  const [row, others] = [between(TOP_ROW), between(LOWER_ROWS)];
  const visitors = [...STRANGERS.map((i) => others[i]), row[RESIDENT]].filter((image) => image !== undefined);
  const pictures = await scenes(visitors);
  const folder = join(directory, 'camera');
  await mkdir(folder);
  for (const [i, picture] of pictures.entries()) {
    await writeFile(join(folder, `${String(i).padStart(4, '0')}.jpg`), picture);
  }
  return { photograph, folder, pictures: pictures.length };
}

async function asset(path: string): Promise<Uint8Array> {
  try {
    return await readFile(join(packageRoot('@vladmandic/human'), path));
  } catch (cause) {
    throw new LimenError('package_missing', `@vladmandic/human is not installed, or lacks ${path}`, {
      cause,
    });
  }
}

async function decode(decoder: ImageDecoder, bytes: Uint8Array): Promise<RgbImage> {
  const result = await decoder.decode(bytes);
  if (!result.ok) throw new LimenError('image_refused', result.detail);
  return result.image;
}
