import { mkdir } from 'node:fs/promises';
import type { Io } from '../api/cli/verbs.ts';
import type { PeopleStore } from '../core/ports/store.ts';
import { loadPack } from '../drivers/inference/packs/load-pack.ts';
import { openInferenceRuntime } from '../drivers/inference/runtimes.ts';
import { MemoryPeople } from '../drivers/store/memory-people.ts';
import { readPeopleCopy } from '../drivers/store/people-copy.ts';
import { modelProgress } from './model-progress.ts';
import { siteModels } from './models.ts';
import { RecognitionRoom } from './recognition-room.ts';
import type { Session } from './session.ts';

/**
 * Runs `work` with recognition over the given people and closes it afterwards. `load`: whether its networks are
 * needed; without them whatever needs one fails with `inference_failed`.
 */
export async function withRecognition<T>(
  session: Session,
  io: Io,
  options: { readonly people: PeopleStore; readonly load: boolean },
  work: (recognition: RecognitionRoom) => Promise<T>,
): Promise<T> {
  const { config, stateDir, log } = session;
  const pack = await loadPack(config.models.pack);
  const progress = modelProgress(io.stderr);
  const recognition = new RecognitionRoom({
    pack,
    resolve: siteModels(pack, { config, stateDir, env: io.env, log, onProgress: progress.show }),
    openRuntime: () => openInferenceRuntime(config.inference, log, 'calling'),
    people: options.people,
    uploadHfovDeg: config.vision.uploadHfovDeg,
    log,
  });
  try {
    // models may be compiled into it: nobody but this user may look into what will hold people later
    if (options.load) await mkdir(stateDir, { recursive: true, mode: 0o700 });
    if (options.load) await recognition.start(io.signal).finally(() => progress.end());
    for (const person of recognition.gallery.skipped) {
      log.warn({ person, model: pack.embedder.modelId }, 'enrolled with another model; not recognised');
    }
    return await work(recognition);
  } finally {
    await recognition.stop();
  }
}

/**
 * Runs `work` with the people of the state directory, for reading: on a copy of the log, so that neither a running
 * daemon nor the file is disturbed.
 */
export async function withPeopleCopy<T>(
  session: Session,
  io: Io,
  work: (people: PeopleStore) => Promise<T>,
): Promise<T> {
  const { stateDir, log } = session;
  const people = new MemoryPeople();
  const credentialsDir = io.env.CREDENTIALS_DIRECTORY;
  for (const person of await readPeopleCopy({ stateDir, credentialsDir, log })) await people.put(person);
  return work(people);
}
