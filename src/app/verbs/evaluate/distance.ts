import { basename } from 'node:path';
import { parseCsv } from '../../../api/cli/csv.ts';
import { formatTable } from '../../../api/cli/table.ts';
import type { EvaluationTask } from '../../../api/cli/verbs.ts';
import type { Distance } from '../../../core/face.ts';
import type { RgbImage } from '../../../core/image.ts';
import { resizeImage } from '../../../drivers/media/image-edit.ts';
import {
  outliersOf,
  SCALE_TOLERANCE,
  type ScaledReadings,
  scaleFigures,
  tapeFigures,
} from '../../../services/evaluation/distance-figures.ts';
import { nearestFirst } from '../../../services/measurement/measurement.ts';
import { filesBelow, readText } from './input.ts';
import { lookAtAll, type Workplace } from './looking.ts';
import { countedText, NONE, percent } from './rates.ts';

/** Sizes at which every picture is read again. */
const SCALES = [0.4, 0.6, 0.8, 1.2, 1.4, 1.6] as const;

interface SeenDistances {
  readonly base: Distance | null;
  readonly readings: readonly SeenReading[];
}

interface SeenReading {
  readonly scale: number;
  readonly distanceM: number | null;
  readonly sure: boolean;
}

/** Whether the distance depends on nothing but the distance; and with a tape, whether it is right. */
export async function evaluateDistance(
  task: Extract<EvaluationTask, { kind: 'distance' }>,
  work: Workplace,
  json: boolean,
): Promise<void> {
  const truths =
    task.truth === undefined
      ? undefined
      : parseCsv(await readText(task.truth), ['file', 'metres'], task.truth).map(({ file, metres }) => ({
          file,
          truthM: Number(metres),
        }));
  const files = await filesBelow(task.directory, { clips: false });
  const seen = await lookAtAll(work, files, 'distance', (bytes) => readAtScales(work, bytes));
  const pictures = [...seen].map(
    ([file, { base, readings }]): ScaledReadings => ({
      file,
      base: base?.distanceM,
      sure: base?.confidence !== 'low',
      readings: readings.map(({ distanceM, ...reading }) => ({
        ...reading,
        distanceM: distanceM ?? undefined,
      })),
    }),
  );
  const notRead = pictures.filter(({ base }) => base === undefined).length;
  const scales = scaleFigures(pictures);
  const outliers = outliersOf(pictures);
  const tape =
    truths &&
    tapeFigures(
      truths.map(({ file, truthM }) => ({ file, truthM, distance: seen.get(file)?.base ?? undefined })),
    );
  const { stdout } = work.io;
  if (json) {
    const { name: pack } = work.recognition.pack;
    await stdout.json({ pack, pictures: pictures.length, notRead, scales, outliers, ...(tape && { tape }) });
    return;
  }
  await stdout.write(
    `${pictures.length} pictures, ${notRead} of them without a face that can be measured\n\n`,
  );
  await stdout.write(
    formatTable(
      [
        ...['scale', `within ${percent(SCALE_TOLERANCE, 0)} % (95 %)`, 'of those not of low confidence'],
        ...['median error %', 'worst %', 'not read'],
      ],
      scales.map(({ scale, within, withinSure, medianError, worstError, notRead: lost }) => [
        scale.toFixed(1),
        countedText(within),
        countedText(withinSure),
        percent(medianError),
        percent(worstError),
        lost,
      ]),
    ),
  );
  for (const { file, scale, error, sure } of outliers) {
    const confidence = sure ? '' : ', of low confidence';
    await stdout.write(`${file} at ${scale.toFixed(1)}: ${percent(error, 1)} %${confidence}\n`);
  }
  if (tape === undefined) return;
  await stdout.write(
    `\nagainst ${basename(task.truth ?? '')}: interval holds ${countedText(tape.intervalHolds)}; ` +
      `mean error ${percent(tape.meanError, 1)} %, bias ${percent(tape.bias, 1)} %, not read ${tape.notRead}` +
      `${tape.bias === null ? ` ${NONE}` : ''}\n`,
  );
}

async function readAtScales(work: Workplace, bytes: Uint8Array): Promise<SeenDistances> {
  const { analyser } = work.recognition;
  const decoded = await work.images.decode(bytes);
  if (!decoded.ok) return { base: null, readings: [] };
  const { image } = decoded;
  const nearest = async (picture: RgbImage) => {
    const options = { embed: 'none', precise: true } as const;
    const focal = image.focalLength35mm === undefined ? {} : { focalLength35mm: image.focalLength35mm };
    return nearestFirst(await analyser.analyse({ ...picture, ...focal }, options))[0]?.distance;
  };
  const base = (await nearest(image)) ?? null;
  const readings: SeenReading[] = [];
  for (const scale of base === null ? [] : SCALES) {
    const size = { width: image.width * scale, height: image.height * scale };
    const reading = await nearest(await resizeImage(image, size));
    // the focal length follows the picture's width: seen by one camera, the face stands at 1/scale of the distance
    const { distanceM, confidence } = reading ?? {};
    readings.push({
      scale,
      distanceM: distanceM === undefined ? null : distanceM / scale,
      sure: confidence !== 'low',
    });
  }
  return { base, readings };
}
