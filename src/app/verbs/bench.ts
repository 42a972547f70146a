import { Progress } from '../../api/cli/progress.ts';
import { formatTable } from '../../api/cli/table.ts';
import type { BenchArgs, Io } from '../../api/cli/verbs.ts';
import type { Config } from '../../config/config.ts';
import type { RgbImage } from '../../core/image.ts';
import type { ModelPack } from '../../core/model-pack.ts';
import { loadPack } from '../../drivers/inference/packs/load-pack.ts';
import { describePacks } from '../../drivers/inference/packs/verify-pack.ts';
import { openInferenceRuntime } from '../../drivers/inference/runtimes.ts';
import { MemoryPeople } from '../../drivers/store/memory-people.ts';
import { benchFrames, benchPicture, type FrameFigures } from '../bench-frames.ts';
import { modelPlaces, siteModels } from '../models.ts';
import { RecognitionRoom } from '../recognition-room.ts';
import { openSession, type Session } from '../session.ts';

interface BenchRun extends FrameFigures {
  readonly pack: string;
  /** What actually computed, for instance `onnx/cpu`. */
  readonly inference: string;
}

/** What the pack says of itself, measured elsewhere. */
interface QuotedAccuracy {
  readonly pack: string;
  readonly measuredOn: string;
  readonly command: string;
  readonly atFmr: NonNullable<ModelPack['thresholds']['atFmr']>;
}

/** `limen bench`: frames a second with one face in view, for every pack that is there and every way to compute it. */
export async function bench(args: BenchArgs, io: Io): Promise<number> {
  const session = openSession(args, io, { quiet: true });
  const picture = await benchPicture();
  const runs: BenchRun[] = [];
  const accuracy: QuotedAccuracy[] = [];
  const packs = await packsToMeasure(args, session, io);
  const progress = new Progress(io.stderr, 'measuring');
  try {
    for (const [index, pack] of packs.entries()) {
      progress.update(index / packs.length, pack.name);
      const { measuredOn, command, atFmr = [] } = pack.thresholds;
      accuracy.push({ pack: pack.name, measuredOn, command, atFmr });
      const { inference } = session.config;
      const first = await measure(pack, inference, { session, io, picture, seconds: args.seconds });
      runs.push(first);
      if (first.inference.endsWith('/cpu') || inference.runtime !== 'onnx') continue;
      // how much the accelerator is worth
      runs.push(
        await measure(
          pack,
          { ...inference, provider: 'cpu' },
          { session, io, picture, seconds: args.seconds },
        ),
      );
    }
  } finally {
    await progress.end();
  }
  if (args.json) await io.stdout.json({ frame: '640x480, one face', runs, accuracy });
  else await io.stdout.write(report(runs, accuracy));
  return 0;
}

/** The pack named, or every one whose files are here. */
async function packsToMeasure(args: BenchArgs, session: Session, io: Io): Promise<ModelPack[]> {
  if (args.pack !== undefined) return [await loadPack(args.pack)];
  const states = await describePacks(modelPlaces(session.config, session.stateDir, io.env));
  const usable = states.filter((state) => state.usable);
  return Promise.all(usable.map(({ name }) => loadPack(name)));
}

async function measure(
  pack: ModelPack,
  inference: Config['inference'],
  parts: { session: Session; io: Io; picture: RgbImage; seconds: number },
): Promise<BenchRun> {
  const { session, io, picture, seconds } = parts;
  const { config, stateDir, log } = session;
  let description = '';
  const recognition = new RecognitionRoom({
    pack,
    resolve: siteModels(pack, { config, stateDir, env: io.env, log }, inference.runtime),
    openRuntime: async () => {
      const runtime = await openInferenceRuntime(inference, log);
      description = runtime.description;
      return runtime;
    },
    people: new MemoryPeople(),
    uploadHfovDeg: config.vision.uploadHfovDeg,
    log,
  });
  try {
    await recognition.start(io.signal);
    const figures = await benchFrames(recognition, picture, { seconds, signal: io.signal });
    return { pack: pack.name, inference: description, ...figures };
  } finally {
    await recognition.stop();
  }
}

function report(runs: readonly BenchRun[], accuracy: readonly QuotedAccuracy[]): string {
  const ms = (value: number) => value.toFixed(1);
  const speed = formatTable(
    ['pack', 'computed by', 'frames/s', 'median ms', 'p95 ms', 'in networks', 'around them', 'faces'],
    runs.map(({ pack, inference, framesPerSecond, medianMs, p95Ms, perFrame, faces }) => [
      pack,
      inference,
      framesPerSecond.toFixed(0),
      ms(medianMs),
      ms(p95Ms),
      ms(perFrame.inferenceMs),
      ms(perFrame.overheadMs),
      faces,
    ]),
  );
  const percent = (part: number | undefined) => (part === undefined ? '' : `${(100 * part).toFixed(1)} %`);
  const quoted = accuracy.map(({ pack, measuredOn, command, atFmr }) => {
    const rates = atFmr.map(({ fmr, trueMatchRate }) => `${percent(trueMatchRate)} at FMR ${fmr}`);
    return `${pack}: ${rates.join(', ')}\n  ${measuredOn}\n  ${command}\n`;
  });
  return `One face in 640 × 480:\n\n${speed}\nTrue matches, quoted from the pack and not measured here:\n\n${quoted.join('\n')}`;
}
