import { join } from 'node:path';
import { parseCsv } from '../../../api/cli/csv.ts';
import { formatTable } from '../../../api/cli/table.ts';
import type { EvaluationTask } from '../../../api/cli/verbs.ts';
import {
  type CountedFaces,
  type DetectionFigures,
  detectionFigures,
} from '../../../services/evaluation/detection-figures.ts';
import { CLIP, readText } from './input.ts';
import { lookAtPictures, meanMs, type Workplace } from './looking.ts';
import { countedText, NONE } from './rates.ts';

/** How many faces are found in pictures whose faces were counted. Clips are left out. */
export async function evaluateFaces(
  task: Extract<EvaluationTask, { kind: 'faces' }>,
  work: Workplace,
  json: boolean,
): Promise<void> {
  const rows = parseCsv(await readText(task.index), ['file', 'n_faces'], task.index);
  const expected = new Map(
    rows
      .map(({ file, n_faces }) => [file, Number(n_faces)] as const)
      .filter(([file, count]) => Number.isInteger(count) && count >= 0 && !CLIP.test(file)),
  );
  const files = [...expected.keys()].map((file) => ({ file, path: join(task.root, file) }));
  const seen = await lookAtPictures(work, files, { smallFaces: true });
  const refused = files.flatMap(({ file }) => {
    const refusal = seen.get(file)?.refusal;
    return refusal === undefined ? [] : [{ file, refusal }];
  });
  const pictures = [...seen].flatMap(([file, { faces, refusal }]): CountedFaces[] =>
    refusal !== undefined
      ? []
      : [{ file, source: file.split('/')[0] ?? '', expected: expected.get(file) ?? 0, found: faces.length }],
  );
  const sources = [...new Set(pictures.map(({ source }) => source))].map((source) => ({
    source,
    ...detectionFigures(pictures.filter((picture) => picture.source === source)),
  }));
  const all = detectionFigures(pictures);
  const differing = pictures.filter((picture) => picture.expected !== picture.found);
  const msPerImage = meanMs(seen.values());
  const { stdout } = work.io;
  if (json) {
    const { name: pack } = work.recognition.pack;
    await stdout.json({ pack, sources, all, differing, refused, msPerImage });
    return;
  }
  await stdout.write(table([...sources, { source: 'all', ...all }]));
  await stdout.write(
    `\n${refused.length} files were refused before decoding; ${msPerImage?.toFixed(1) ?? NONE} ms a picture\n`,
  );
  for (const { file, expected: there, found } of differing) {
    await stdout.line(`${file}: ${found} found, ${there} there`);
  }
}

function table(rows: readonly (DetectionFigures & { source: string })[]): string {
  return formatTable(
    ['source', 'pictures', 'faces', 'recall % (95 %)', 'false faces', 'pictures with false faces % (95 %)'],
    rows.map((row) => [
      row.source,
      row.pictures,
      row.faces,
      countedText(row.recall),
      row.falseFaces,
      countedText(row.picturesWithFalseFaces),
    ]),
  );
}
