import type { CalibrateArgs, Io } from '../../api/cli/verbs.ts';
import { problemOf } from '../../api/http/v1/calibration.ts';
import { LimenError } from '../../core/errors.ts';
import { cameraFor } from '../../drivers/camera/camera-for.ts';
import { MemoryPeople } from '../../drivers/store/memory-people.ts';
import { FrameRecogniser } from '../../services/recognition/frame-recogniser.ts';
import { askDaemon, refusalIn } from '../desk/daemon-socket.ts';
import { atHolder } from '../desk/state-holder.ts';
import { liveRoom } from '../live-room.ts';
import { mediaRoom } from '../media-room.ts';
import { openSession, type Session } from '../session.ts';
import { withRecognition } from '../workbench.ts';

interface Calibrated {
  readonly door: string;
  readonly hfovDeg: number;
  readonly focalError: number;
  readonly spread: number;
  readonly frames: number;
}

/** As many faces as it takes to see that somebody else stands there as well. */
const MAX_FACES = 2;

/** `limen calibrate distance`: at the running daemon's camera, or at our own where none runs. */
export async function calibrateDistance(args: CalibrateArgs, io: Io): Promise<number> {
  const session = openSession(args, io, { quiet: true });
  const { doors } = session.config;
  const [first] = doors;
  if (args.door === undefined && doors.length > 1) {
    const ids = doors.map(({ id }) => id).join(', ');
    throw new LimenError('usage', `which door? --door is one of ${ids}`);
  }
  const door = args.door ?? first?.id ?? '';
  await io.stderr.line(`${door}: stand still, ${args.metres} m from the camera, and look at it`);
  const done = await atHolder(session, {
    own: () => atOwnCamera(session, io, door, args),
    daemon: (socketPath) => atDaemon(socketPath, door, args),
  });
  if (args.json) await io.stdout.json(done);
  else {
    const percent = (part: number) => `${(100 * part).toFixed(1)} %`;
    await io.stdout.line(
      `${door}: field of view ${done.hfovDeg.toFixed(1)}°, focal length ± ${percent(done.focalError)} ` +
        `(${done.frames} frames, scatter ${percent(done.spread)}); kept, and in force`,
    );
  }
  return 0;
}

async function atDaemon(socketPath: string, door: string, args: CalibrateArgs): Promise<Calibrated> {
  const { metres, ipdMm } = args;
  const path = `/v1/cameras/${encodeURIComponent(door)}/calibration`;
  const body = { metres, ...(ipdMm !== undefined && { ipdMm }) };
  const answer = await askDaemon(socketPath, 'POST', path, body);
  if (answer.status !== 200) throw refusalIn(answer);
  return answer.body as Calibrated;
}

async function atOwnCamera(
  session: Session,
  io: Io,
  door: string,
  { metres, ipdMm }: CalibrateArgs,
): Promise<Calibrated> {
  const { config, clock, log, stateDir } = session;
  return withRecognition(session, io, { people: new MemoryPeople(), load: true }, async (recognition) => {
    const media = mediaRoom({ config, clock, runtimeDir: stateDir });
    const live = liveRoom(config, { stateDir, recognition, media, clock, log });
    await live.document.start();
    const uri = config.doors.find(({ id }) => id === door)?.camera;
    const ended = new AbortController();
    const signal = AbortSignal.any([io.signal, ended.signal]);
    const watching =
      uri === undefined ? Promise.resolve() : watch(cameraFor(uri, { ...media, clock, log }), signal);
    async function watch(camera: ReturnType<typeof cameraFor>, until: AbortSignal): Promise<void> {
      const stream = await camera.open(until);
      try {
        const lens = live.calibration.geometry(door, 1);
        const recogniser = new FrameRecogniser(recognition.engine, recognition.gallery, {
          ...{ camera: lens, maxFaces: MAX_FACES },
        });
        for (let frame = await stream.next(until); frame !== null; frame = await stream.next(until)) {
          const { observations } = await recogniser.process(frame);
          live.frames.get(door)?.offer({ image: frame, faces: observations });
        }
      } finally {
        await stream.close();
      }
    }
    const lost = watching.then(
      () => new Promise<never>(() => {}),
      (cause) => {
        if (!ended.signal.aborted) throw cause;
        return new Promise<never>(() => {});
      },
    );
    try {
      const request = { door, metres, signal, ...(ipdMm !== undefined && { ipdMm }) };
      const outcome = await Promise.race([live.calibration.calibrate(request), lost]);
      if (outcome.kind !== 'calibrated') {
        const { code, detail } = problemOf(outcome, door);
        throw new LimenError(code, detail);
      }
      const { focalError, spread, frames } = outcome.lens;
      return { door, hfovDeg: outcome.hfovDeg, focalError, spread, frames };
    } finally {
      ended.abort();
      await watching.catch(() => undefined);
      await live.document.stop();
    }
  });
}
