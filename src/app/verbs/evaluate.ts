import type { EvaluateArgs, Io } from '../../api/cli/verbs.ts';
import { LimenError } from '../../core/errors.ts';
import { MemoryPeople } from '../../drivers/store/memory-people.ts';
import { mediaRoom } from '../media-room.ts';
import { openSession } from '../session.ts';
import { withRecognition } from '../workbench.ts';
import { evaluateDistance } from './evaluate/distance.ts';
import { evaluateFaces } from './evaluate/faces.ts';
import { evaluateGallery } from './evaluate/gallery.ts';
import { evaluateLiveness } from './evaluate/liveness.ts';
import { evaluatePairs } from './evaluate/pairs.ts';

/** `limen evaluate`: what this pack is worth on pictures whose truth is known. */
export async function evaluate(args: EvaluateArgs, io: Io): Promise<number> {
  const session = openSession(args, io, { quiet: true });
  const { config, clock, stateDir } = session;
  const { task, json, fresh } = args;
  await withRecognition(session, io, { people: new MemoryPeople(), load: true }, async (recognition) => {
    const { pack } = recognition;
    if (task.kind === 'liveness' && pack.liveness.kind === 'none') {
      throw new LimenError('usage', `pack ${pack.name} has no liveness: ${pack.liveness.why}`);
    }
    const media = mediaRoom({ config, clock, runtimeDir: stateDir });
    const work = { session, io, recognition, fresh, ...media };
    switch (task.kind) {
      case 'pairs':
        return evaluatePairs(task, work, json);
      case 'gallery':
        return evaluateGallery(task, work, json);
      case 'liveness':
        return evaluateLiveness(task, work, json);
      case 'distance':
        return evaluateDistance(task, work, json);
      case 'faces':
        return evaluateFaces(task, work, json);
    }
  });
  return 0;
}
