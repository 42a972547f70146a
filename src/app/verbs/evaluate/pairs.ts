import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseCsv } from '../../../api/cli/csv.ts';
import { formatTable } from '../../../api/cli/table.ts';
import type { EvaluationTask } from '../../../api/cli/verbs.ts';
import { cosine } from '../../../core/embedding.ts';
import { type PairFigures, pairFigures, type ScoredPair } from '../../../services/evaluation/pair-figures.ts';
import { pairPlot } from '../../../services/evaluation/pair-plot.ts';
import { fileUnusable } from '../../given-file.ts';
import { readText } from './input.ts';
import {
  embeddingOf,
  labelledFace,
  lookAtPictures,
  meanMs,
  type SeenPicture,
  type Workplace,
} from './looking.ts';
import { bounded, NONE, percent } from './rates.ts';

const COLUMNS = ['file_a', 'file_b', 'same', 'source'] as const;
type Pair = Readonly<Record<(typeof COLUMNS)[number], string>>;

interface SourceFigures extends PairFigures {
  readonly msPerImage: number | null;
}

/** How well this pack tells people apart on labelled pairs of pictures. */
export async function evaluatePairs(
  task: Extract<EvaluationTask, { kind: 'pairs' }>,
  work: Workplace,
  json: boolean,
): Promise<void> {
  const pairs = parseCsv(await readText(task.pairs), COLUMNS, task.pairs);
  const files = new Set(pairs.flatMap(({ file_a, file_b }) => [file_a, file_b]));
  const named = [...files].map((file) => ({ file, path: join(task.root, file) }));
  const seen = await lookAtPictures(work, named);
  const scored = pairs.map((pair) => ({
    source: pair.source,
    files: [pair.file_a, pair.file_b],
    ...score(pair, seen),
  }));
  const figures = (chosen: typeof scored): SourceFigures => {
    const theirs = [...new Set(chosen.flatMap((pair) => pair.files))].flatMap((file) => seen.get(file) ?? []);
    return { ...pairFigures(chosen), msPerImage: meanMs(theirs) };
  };
  const sources = [...new Set(pairs.map((pair) => pair.source))].map((source) => ({
    source,
    ...figures(scored.filter((pair) => pair.source === source)),
  }));
  const all = figures(scored);
  const { pack } = work.recognition;
  if (task.plot !== undefined) {
    const title = `${pack.name}: ${pairs.length} pairs of ${task.pairs.split('/').at(-1)}`;
    await save(task.plot, pairPlot(scored, { title, threshold: pack.thresholds.match }));
  }
  const { stdout } = work.io;
  if (json) await stdout.json({ pack: pack.name, sources, all });
  else await stdout.write(table([...sources, { source: 'all', ...all }]));
}

function score(pair: Pair, seen: ReadonlyMap<string, SeenPicture>): ScoredPair {
  const central = pair.source.startsWith('lfw');
  const [a, b] = [pair.file_a, pair.file_b].map((file) => embeddingOf(labelledFace(seen.get(file), central)));
  const failed = a === undefined || b === undefined;
  return { same: pair.same === '1', similarity: failed ? -1 : cosine(a, b), failed };
}

async function save(path: string, text: string): Promise<void> {
  await writeFile(path, text).catch((cause: unknown) => {
    throw fileUnusable(path, cause);
  });
}

function table(rows: readonly (SourceFigures & { source: string })[]): string {
  const headings = ['source', 'pairs', 'no face', 'accuracy', 'best', 'at', 'AUC', 'EER'];
  return formatTable(
    [...headings, 'TAR@1e-2 (95 %)', 'TAR@1e-3 (95 %)', 'ms'],
    rows.map((row) => [
      row.source,
      row.pairs,
      row.failures,
      percent(row.accuracy.crossValidated),
      percent(row.accuracy.best),
      row.threshold?.toFixed(3) ?? NONE,
      percent(row.auc),
      percent(row.eer),
      bounded(row.tarBounds['0.01']),
      bounded(row.tarBounds['0.001']),
      row.msPerImage?.toFixed(1) ?? NONE,
    ]),
  );
}
