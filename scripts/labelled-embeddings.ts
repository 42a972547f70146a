// Embeddings of labelled pictures, for the scripts that measure thresholds and centres.
//
// The folder holds INDEX.csv with the columns `file` and `person`; pictures in `odd/` are left out. On LFW pictures
// the labelled person is the face nearest the centre, elsewhere the largest.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseCsv } from '../src/api/cli/csv.ts';
import type { ModelPack } from '../src/core/model-pack.ts';
import type { AnalysedFace } from '../src/core/ports/face-analysis.ts';
import { SharpImageDecoder } from '../src/drivers/media/image-decoder.ts';
import { measuringRoom } from './measuring-room.ts';

export interface Labelled {
  readonly file: string;
  readonly person: string;
  readonly embedding: Float32Array;
}

export function byPerson(embedded: readonly Labelled[]): ReadonlyMap<string, readonly Labelled[]> {
  const people = new Map<string, Labelled[]>();
  for (const each of embedded) people.set(each.person, [...(people.get(each.person) ?? []), each]);
  return people;
}

/** Tells its progress on standard error. Pictures without a usable face are left out. */
export async function labelledEmbeddings(
  pack: ModelPack,
  root: string,
): Promise<{ pictures: number; embedded: Labelled[] }> {
  const room = await measuringRoom(pack);
  const decoder = new SharpImageDecoder();
  const embedded: Labelled[] = [];
  const labelled = (await indexRows(join(root, 'INDEX.csv'))).filter(
    ({ file, person }) => person !== '' && /\.(jpe?g|png)$/i.test(file) && !file.startsWith('odd/'),
  );
  for (const [i, { file, person }] of labelled.entries()) {
    const decoded = await decoder.decode(await readFile(join(root, file)));
    if (!decoded.ok) continue;
    const faces = await room.analyser.analyse(decoded.image);
    const embedding = labelledFace(faces, file, decoded.image)?.embedding;
    if (embedding !== undefined) embedded.push({ file, person, embedding });
    if (i % 100 === 0) process.stderr.write(`${i} of ${labelled.length}\n`);
  }
  await room.stop();
  return { pictures: labelled.length, embedded };
}

function labelledFace(
  faces: readonly AnalysedFace[],
  file: string,
  image: { width: number; height: number },
): AnalysedFace | undefined {
  if (!file.startsWith('lfw')) return faces[0];
  const offCentre = ({ box }: AnalysedFace) =>
    Math.hypot(box.x + box.width / 2 - image.width / 2, box.y + box.height / 2 - image.height / 2);
  return [...faces].sort((a, b) => offCentre(a) - offCentre(b))[0];
}

async function indexRows(path: string): Promise<{ file: string; person: string }[]> {
  return parseCsv(await readFile(path, 'utf8'), ['file', 'person'], path);
}
