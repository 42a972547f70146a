import { verifyPack } from '../../drivers/inference/packs/verify-pack.ts';
import { openInferenceRuntime } from '../../drivers/inference/runtimes.ts';
import { plainImage } from '../../drivers/media/image-edit.ts';
import { MemoryPeople } from '../../drivers/store/memory-people.ts';
import { Health } from '../../runtime/health.ts';
import { modelPlaces, siteModels } from '../models.ts';
import { RecognitionRoom } from '../recognition-room.ts';
import { type Check, type Finding, fail, ok, warn } from './finding.ts';
import type { Patient } from './patient.ts';

/** The first start compiles; a slow box with a busy disk takes a while. */
const COMPILE_LIMIT_MS = 180_000;
/** The first looks are slower, and so is one that another program disturbs. */
const LOOKS = 5;

/** The networks: their files, and whether they run. */
export function modelChecks(patient: Patient): Check[] {
  const files = { name: 'models', look: () => modelFiles(patient), limitMs: 60_000 };
  if (patient.running) return [files];
  return [
    files,
    { name: 'recognition', look: (signal) => recognition(patient, signal), limitMs: COMPILE_LIMIT_MS },
  ];
}

async function modelFiles({ session: { config, stateDir }, env, pack }: Patient): Promise<Finding[]> {
  const check = 'models';
  const { files, usable } = await verifyPack(pack, modelPlaces(config, stateDir, env));
  const needed = files.filter(({ optional }) => !optional);
  const wrong = needed.filter(({ state }) => state === 'missing' || state === 'wrong_hash');
  const found =
    !usable || wrong.length > 0
      ? fail(
          check,
          `pack ${pack.name}: ${wrong.map(({ id, state, why }) => `${id} ${state.replaceAll('_', ' ')} (${why})`).join('; ')}`,
          `limen models pull ${pack.name}`,
        )
      : needed.some(({ state }) => state !== 'ok')
        ? ok(check, `pack ${pack.name}: compiled at the next start, takes seconds`)
        : ok(check, `pack ${pack.name}: ${needed.length} networks, every hash is right`);
  if (pack.liveness.kind !== 'none') return [found];
  const armed = liveness(config);
  return armed ? [found, armed] : [found];
}

/** A pack that takes a picture for a face does not open real doors. */
function liveness(config: Patient['session']['config']): Finding | undefined {
  const real = config.doors.filter(({ relay }) => relay !== undefined && !relay.startsWith('memory:'));
  if (real.length === 0) return undefined;
  const off = real.every(({ access }) => access.liveness === 'off');
  return off
    ? warn(
        'liveness',
        'access.liveness is off: a photograph of somebody enrolled opens the door',
        'limen models pull recommended, then models.pack: recommended and access.liveness: auto',
      )
    : fail(
        'liveness',
        `pack ${config.models.pack} cannot tell a face from its picture: every match is denied`,
        'limen models pull recommended, then models.pack: recommended',
      );
}

/** Loads every network as the daemon would, and looks at one grey picture. */
async function recognition(
  { session: { config, stateDir, log }, env, pack }: Patient,
  signal: AbortSignal,
): Promise<Finding> {
  const health = new Health();
  const room = new RecognitionRoom({
    pack,
    resolve: siteModels(pack, { config, stateDir, env, log }),
    openRuntime: () => openInferenceRuntime(config.inference, log, 'calling'),
    people: new MemoryPeople(),
    uploadHfovDeg: config.vision.uploadHfovDeg,
    log,
    health,
  });
  try {
    await room.start(signal);
    const picture = plainImage(640, 480, [112, 118, 124]);
    let fastestMs = Number.POSITIVE_INFINITY;
    let faces = 0;
    for (let i = 0; i < LOOKS; i++) {
      const start = performance.now();
      faces = (await room.analyser.analyse(picture)).length;
      fastestMs = Math.min(fastestMs, performance.now() - start);
    }
    const where = health.snapshot().components.recognition?.detail ?? pack.name;
    if (faces > 0) return warn('recognition', `${where}: sees a face in a grey wall`, 'limen models verify');
    return ok('recognition', `${where}; one empty picture takes ${fastestMs.toFixed(1)} ms`);
  } finally {
    await room.stop();
  }
}
