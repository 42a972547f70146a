import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseCsv } from '../../api/cli/csv.ts';
import { Progress } from '../../api/cli/progress.ts';
import { formatTable } from '../../api/cli/table.ts';
import type { EvaluateArgs, Io } from '../../api/cli/verbs.ts';
import { cosine } from '../../core/embedding.ts';
import { LimenError } from '../../core/errors.ts';
import type { AnalysedFace } from '../../core/ports/face-analysis.ts';
import type { ImageDecoder } from '../../core/ports/media.ts';
import { MemoryPeople } from '../../drivers/store/memory-people.ts';
import { type PairFigures, pairFigures, type ScoredPair } from '../../services/evaluation/pair-figures.ts';
import { mediaRoom } from '../media-room.ts';
import type { RecognitionRoom } from '../recognition-room.ts';
import { openSession } from '../session.ts';
import { withRecognition } from '../workbench.ts';

const COLUMNS = ['file_a', 'file_b', 'same', 'source'] as const;

interface Looked {
  readonly embedding: Float32Array | undefined;
  readonly ms: number;
}

interface SourceFigures extends PairFigures {
  readonly msPerImage: number | null;
}

/** `limen evaluate --pairs FILE --root DIR`: how well this pack tells people apart on labelled pairs of pictures. */
export async function evaluate(args: EvaluateArgs, io: Io): Promise<number> {
  const session = openSession(args, io, { quiet: true });
  const pairs = parseCsv(await readText(args.pairs), COLUMNS, args.pairs);
  const { config, clock } = session;
  return withRecognition(session, io, { people: new MemoryPeople(), load: true }, async (recognition) => {
    const { images } = mediaRoom({ config, clock, runtimeDir: session.stateDir });
    const looked = await lookAtAll(pairs, args.root, { recognition, images, io });
    const scored = pairs.map((pair) => ({
      source: pair.source,
      files: [pair.file_a, pair.file_b],
      ...score(pair, looked),
    }));
    const figures = (chosen: typeof scored): SourceFigures => {
      const times = [...new Set(chosen.flatMap(({ files }) => files))].map(
        (file) => looked.get(file)?.ms ?? 0,
      );
      const msPerImage = times.length === 0 ? null : times.reduce((sum, ms) => sum + ms, 0) / times.length;
      return { ...pairFigures(chosen), msPerImage };
    };
    const sources = [...new Set(pairs.map((pair) => pair.source))].map((source) => ({
      source,
      ...figures(scored.filter((pair) => pair.source === source)),
    }));
    const all = figures(scored);
    if (args.json) await io.stdout.json({ pack: recognition.pack.name, sources, all });
    else await io.stdout.write(table([...sources, { source: 'all', ...all }]));
    return 0;
  });
}

async function lookAtAll(
  pairs: readonly Record<(typeof COLUMNS)[number], string>[],
  root: string,
  parts: { recognition: RecognitionRoom; images: ImageDecoder; io: Io },
): Promise<ReadonlyMap<string, Looked>> {
  const central = new Map(
    pairs.flatMap(({ file_a, file_b, source }) =>
      [file_a, file_b].map((file) => [file, source.startsWith('lfw')] as const),
    ),
  );
  const progress = new Progress(parts.io.stderr, 'looking at pictures');
  const looked = new Map<string, Looked>();
  try {
    for (const [file, isCentral] of central) {
      parts.io.signal.throwIfAborted();
      progress.update(looked.size / central.size, file);
      looked.set(file, await lookAt(join(root, file), isCentral, parts));
    }
  } finally {
    await progress.end();
  }
  return looked;
}

async function lookAt(
  path: string,
  central: boolean,
  { recognition, images }: { recognition: RecognitionRoom; images: ImageDecoder },
): Promise<Looked> {
  const bytes = await readBytes(path);
  const startedMs = performance.now();
  const decoded = await images.decode(bytes);
  const faces = decoded.ok ? await recognition.analyser.analyse(decoded.image) : [];
  const ms = performance.now() - startedMs;
  const face = central && decoded.ok ? nearestCentre(faces, decoded.image) : faces[0];
  return { embedding: face?.embedding, ms };
}

/** LFW's pictures are cut so that the labelled person is in the middle; others may stand in the background. */
function nearestCentre(
  faces: readonly AnalysedFace[],
  image: { width: number; height: number },
): AnalysedFace | undefined {
  const offCentre = ({ box }: AnalysedFace) =>
    Math.hypot(box.x + box.width / 2 - image.width / 2, box.y + box.height / 2 - image.height / 2);
  return [...faces].sort((a, b) => offCentre(a) - offCentre(b))[0];
}

function score(
  pair: Record<(typeof COLUMNS)[number], string>,
  looked: ReadonlyMap<string, Looked>,
): ScoredPair {
  const [a, b] = [looked.get(pair.file_a)?.embedding, looked.get(pair.file_b)?.embedding];
  const failed = a === undefined || b === undefined;
  return { same: pair.same === '1', similarity: failed ? -1 : cosine(a, b), failed };
}

function table(rows: readonly (SourceFigures & { source: string })[]): string {
  const percent = (rate: number | null | undefined) => (rate == null ? '–' : (rate * 100).toFixed(2));
  return formatTable(
    [
      'source',
      'pairs',
      'no face',
      'accuracy',
      'best',
      'at',
      'AUC',
      'EER',
      'TAR@1e-2 (95 %)',
      'TAR@1e-3 (95 %)',
      'ms',
    ],
    rows.map((row) => {
      const bounds = (fmr: string) => {
        const found = row.tarBounds[fmr];
        return found == null ? '–' : `${percent(found.rate)} (${percent(found.low)}–${percent(found.high)})`;
      };
      return [
        row.source,
        row.pairs,
        row.failures,
        percent(row.accuracy.crossValidated),
        percent(row.accuracy.best),
        row.threshold?.toFixed(3) ?? '–',
        percent(row.auc),
        percent(row.eer),
        bounds('0.01'),
        bounds('0.001'),
        row.msPerImage?.toFixed(1) ?? '–',
      ];
    }),
  );
}

async function readText(path: string): Promise<string> {
  return new TextDecoder().decode(await readBytes(path));
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new LimenError('usage', `${path}: ${code === 'ENOENT' ? 'there is no such file' : code}`, {
      cause,
    });
  }
}
