// The networks of a pack for the scripts that measure: from where the daemon has them, computing on this thread.
import { join } from 'node:path';
import { resolvePaths } from '../src/app/models.ts';
import { RecognitionRoom } from '../src/app/recognition-room.ts';
import type { ModelPack } from '../src/core/model-pack.ts';
import type { InferenceRuntime } from '../src/core/ports/inference.ts';
import { parseSearchPath } from '../src/drivers/inference/packs/installed-model.ts';
import { openInferenceRuntime } from '../src/drivers/inference/runtimes.ts';
import { MemoryPeople } from '../src/drivers/store/memory-people.ts';
import { silentLog } from '../src/runtime/logger.ts';
import { stateDirectory } from '../src/runtime/state-directory.ts';

/** Paths of a pack's networks in the state directory's `models` or on LIMEN_MODELS_PATH, compiled where needed. */
export function measuringPaths(
  pack: ModelPack,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  return resolvePaths(pack, ids, {
    modelsDir: join(stateDirectory({ option: undefined, env: process.env }), 'models'),
    searchPath: parseSearchPath(process.env.LIMEN_MODELS_PATH),
    runtime: 'onnx',
    log: silentLog,
  });
}

export function measuringRuntime(): Promise<InferenceRuntime> {
  return openInferenceRuntime({ runtime: 'onnx', provider: 'cpu' }, silentLog, 'calling');
}

/** Started, with nobody enrolled; to be stopped. */
export async function measuringRoom(pack: ModelPack): Promise<RecognitionRoom> {
  const room = new RecognitionRoom({
    pack,
    resolve: (ids) => measuringPaths(pack, ids),
    openRuntime: measuringRuntime,
    people: new MemoryPeople(),
    uploadHfovDeg: 60,
    log: silentLog,
  });
  await room.start(new AbortController().signal);
  return room;
}
