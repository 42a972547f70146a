import { formatTable } from '../../../api/cli/table.ts';
import type { EvaluationTask } from '../../../api/cli/verbs.ts';
import type { StrangerTraffic } from '../../../core/false-opens.ts';
import type { FaceTemplate } from '../../../core/person.ts';
import {
  identificationFigures,
  type OperatingPoint,
  type Probe,
} from '../../../services/evaluation/identification-figures.ts';
import { GalleryIndex } from '../../../services/recognition/gallery-index.ts';
import { type NamedFile, peopleBelow } from './input.ts';
import {
  embeddingOf,
  labelledFace,
  lookAtPictures,
  meanMs,
  type SeenPicture,
  type Workplace,
} from './looking.ts';
import { countedText, NONE, percent } from './rates.ts';

/** A stranger stands before the door for 10 s, and an unsettled face is embedded every 150 ms (`FrameRecogniser`). */
const LOOKS_PER_VISIT = Math.round(10_000 / 150);
const GALLERY = 'gallery';

/** One against everybody, strangers among them. */
export async function evaluateGallery(
  task: Extract<EvaluationTask, { kind: 'gallery' }>,
  work: Workplace,
  json: boolean,
): Promise<void> {
  const prefixed = async (directory: string, prefix: string) =>
    (await peopleBelow(directory)).map(({ person, files }) => ({
      person,
      files: files.map(({ file, path }) => ({ file: `${prefix}/${file}`, path })),
    }));
  const enrolled = await prefixed(task.gallery, 'gallery');
  const probed = await prefixed(task.probes, 'probes');
  const seen = await lookAtPictures(
    work,
    [...enrolled, ...probed].flatMap(({ files }) => files),
  );
  const { pack } = work.recognition;
  const index = new GalleryIndex(pack.embedder.modelId, pack.embedder.length);
  const withoutFace: string[] = [];
  for (const { person, files } of enrolled) {
    const faces = templates(files, seen, pack.embedder.modelId);
    if (faces.length === 0) withoutFace.push(person);
    else index.put({ gallery: GALLERY, id: person, createdAt: '', enabled: true, faces });
  }
  const known = new Set(enrolled.map(({ person }) => person));
  const probes = probed.flatMap(({ person, files }) =>
    files.map((file): Probe => {
      const embedding = lookedAt(file, seen);
      const best = embedding && index.identify(embedding);
      return {
        person: known.has(person) ? person : undefined,
        ...(best && { best: { person: best.person.id, score: best.score, margin: best.margin } }),
      };
    }),
  );
  const traffic: StrangerTraffic = { visitsPerDay: task.visitsPerDay, looksPerVisit: LOOKS_PER_VISIT };
  const { match: threshold, margin } = pack.thresholds;
  const figures = identificationFigures(probes, { enrolled: index.size, threshold, margin, traffic });
  const msPerImage = meanMs(seen.values());
  const { stdout } = work.io;
  if (json) {
    await stdout.json({ pack: pack.name, traffic, withoutFace, ...figures, msPerImage });
    return;
  }
  await stdout.write(
    `${figures.enrolled} enrolled, ${figures.mates} pictures of them, ${figures.strangers} of strangers, ` +
      `${figures.failures} without a face; ${msPerImage?.toFixed(1) ?? NONE} ms a picture\n` +
      (withoutFace.length === 0 ? '' : `not enrolled for want of a face: ${withoutFace.join(', ')}\n`) +
      `rank 1: ${countedText(figures.rank1)}\n\n`,
  );
  await stdout.write(table(figures.sweep, threshold));
  await stdout.write(
    `\nfalse opens a month: ${traffic.visitsPerDay} strangers a day, ${LOOKS_PER_VISIT} looks each, one picture in place of votes;\n` +
      'the first figure takes the looks of a visit for one, the second for independent, in brackets what\n' +
      'this number of strangers does not exclude (95 %)\n',
  );
}

function templates(
  files: readonly NamedFile[],
  seen: ReadonlyMap<string, SeenPicture>,
  modelId: string,
): FaceTemplate[] {
  return files.flatMap((file, i) => {
    const embedding = lookedAt(file, seen);
    if (embedding === undefined) return [];
    return [
      {
        faceId: String(i + 1),
        modelId,
        embedding,
        quality: 1,
        liveness: 'not_assessed',
        createdAt: '',
      } as const,
    ];
  });
}

function lookedAt(
  { file, path }: NamedFile,
  seen: ReadonlyMap<string, SeenPicture>,
): Float32Array | undefined {
  return embeddingOf(labelledFace(seen.get(file), /(^|\/)lfw/.test(path)));
}

function table(points: readonly OperatingPoint[], inForce: number): string {
  return formatTable(
    ['threshold', 'FPIR % (95 %)', 'FNIR % (95 %)', 'false opens a month'],
    points.map(({ threshold, fpir, fnir, falseOpens }) => [
      `${threshold.toFixed(3)}${threshold === Number(inForce.toFixed(3)) ? ' *' : ''}`,
      countedText(fpir),
      countedText(fnir),
      falseOpens === null
        ? NONE
        : `${falseOpens.likely.toFixed(2)} – ${falseOpens.most.toFixed(2)} (${falseOpens.notExcluded.toFixed(1)})`,
    ]),
  ).concat(`* in force, margin ${percent(points[0]?.margin ?? null, 0)} % of a cosine of 1\n`);
}
