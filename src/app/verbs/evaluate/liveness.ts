import { pathToFileURL } from 'node:url';
import { formatTable } from '../../../api/cli/table.ts';
import type { EvaluationTask } from '../../../api/cli/verbs.ts';
import { LimenError } from '../../../core/errors.ts';
import type { VideoDecoder } from '../../../core/ports/media.ts';
import { cameraFor } from '../../../drivers/camera/camera-for.ts';
import { ACCESS_DEFAULTS } from '../../../services/access/policy.ts';
import {
  type FileVerdict,
  type JudgedFile,
  type LiveLook,
  livenessFigures,
  type Presentation,
  verdictOf,
} from '../../../services/evaluation/liveness-figures.ts';
import { FrameRecogniser } from '../../../services/recognition/frame-recogniser.ts';
import { focalFromHfov } from '../../../vision/distance.ts';
import { CLIP, filesBelow, type NamedFile } from './input.ts';
import { lookAtAll, type Workplace } from './looking.ts';
import { countedText, NONE, percent } from './rates.ts';

const SHOWN: readonly Presentation[] = ['live', 'print', 'screen'];
/** As at a door: `DoorRoom` recognises no more faces of a frame. */
const MAX_FACES = 8;
type LivenessWork = Workplace & { readonly video: VideoDecoder };
type Seen = Pick<JudgedFile, 'tracks' | 'kind'>;

/** How often attacks are taken for people, and people for attacks. */
export async function evaluateLiveness(
  task: Extract<EvaluationTask, { kind: 'liveness' }>,
  work: LivenessWork,
  json: boolean,
): Promise<void> {
  const files = (await filesBelow(task.directory, { clips: true })).filter(({ file }) => shownBy(file));
  if (files.length === 0) {
    throw new LimenError(
      'usage',
      `${task.directory} has no directory ${SHOWN.join(', ')} with pictures or clips`,
    );
  }
  const seen = await lookAtAll(work, files, 'liveness', (bytes, file) =>
    CLIP.test(file.file) ? judgeClip(work, file) : judgeStill(work, bytes),
  );
  const { minLiveness, livenessFrames: minLooks, evidenceMs: windowMs } = ACCESS_DEFAULTS;
  const rule = { minLiveness, minLooks, windowMs };
  const verdicts = [...seen].map(([file, judged]) =>
    verdictOf({ file, shows: shownBy(file) as Presentation, ...judged }, rule),
  );
  const figures = livenessFigures(verdicts);
  const { stdout } = work.io;
  if (json) {
    await stdout.json({ pack: work.recognition.pack.name, rule, species: figures, files: verdicts });
    return;
  }
  await stdout.write(
    formatTable(
      ['shows', 'files', 'judged as', 'error', 'rate % (95 %)', 'of the time %', 'not assessed'],
      figures.map((row) => [
        row.species,
        row.files,
        row.kind === 'clip' ? 'tracks' : 'one look',
        row.species === 'live' ? 'BPCER' : 'APCER',
        countedText(row.error),
        percent(row.windowError, 1),
        row.notAssessed,
      ]),
    ),
  );
  await stdout.write(
    `\n${formatTable(['file', 'verdict', 'median', 'live windows'], verdicts.map(fileRow))}`,
  );
  await stdout.write(
    `\nlive from a median of ${minLiveness} over ${minLooks} looks or more within ${windowMs / 1000} s; an attack counts as\n` +
      'accepted when it passed at any moment. Stills have one look and are never judged like this at a door\n' +
      'or in an upload; uploaded clips are judged as tracks.\n',
  );
}

function shownBy(file: string): Presentation | undefined {
  return SHOWN.find((name) => file.startsWith(`${name}/`));
}

function fileRow({ file, verdict, medianLive, windows }: FileVerdict): (string | number)[] {
  const text = verdict === 'not_assessed' ? 'not assessed' : verdict;
  return [file, text, medianLive?.toFixed(2) ?? NONE, `${windows.live} of ${windows.all}`];
}

async function judgeStill({ images, recognition }: LivenessWork, bytes: Uint8Array): Promise<Seen> {
  const decoded = await images.decode(bytes);
  const [face] = decoded.ok ? await recognition.analyser.analyse(decoded.image, { embed: 'none' }) : [];
  const look = decoded.ok && face && (await recognition.engine.liveness(decoded.image, face.box, 'request'));
  return { kind: 'still', tracks: look ? [[{ atMs: 0, live: look.live }]] : [] };
}

/** Through a door's own recogniser, every frame, on the clip's clock. */
async function judgeClip(work: LivenessWork, { path }: NamedFile): Promise<Seen> {
  const { recognition, session, io } = work;
  const { clock, log, config } = session;
  const uri = `${pathToFileURL(path)}?realtime=0`;
  const camera = cameraFor(uri, { ...work, runtimeDir: session.stateDir, clock, log });
  const stream = await camera.open(io.signal);
  const tracks = new Map<number, LiveLook[]>();
  let recogniser: FrameRecogniser | undefined;
  try {
    for (let frame = await stream.next(io.signal); frame !== null; frame = await stream.next(io.signal)) {
      recogniser ??= new FrameRecogniser(recognition.engine, recognition.gallery, {
        camera: { focalPx: focalFromHfov(frame.width, config.vision.hfovDeg), focalError: 0 },
        maxFaces: MAX_FACES,
      });
      const { observations } = await recogniser.process(frame);
      for (const { trackId, capturedAtMs, liveness } of observations) {
        if (liveness === undefined) continue;
        tracks.set(trackId, [...(tracks.get(trackId) ?? []), { atMs: capturedAtMs, live: liveness }]);
      }
    }
  } finally {
    await stream.close();
  }
  return { kind: 'clip', tracks: [...tracks.values()] };
}
