import type { CommonArgs, Io } from '../../api/cli/verbs.ts';
import { buildHouse } from '../../app.ts';
import { Interruption } from '../../runtime/interruption.ts';
import { modelProgress } from '../model-progress.ts';
import { openSession } from '../session.ts';

/** `limen run`: the daemon, until it is told to end. */
export async function run(args: CommonArgs, io: Io): Promise<number> {
  const session = openSession(args, io, { quiet: false });
  const { log, configFile, stateDir } = session;
  log.info({ config: configFile ?? 'defaults', state: stateDir, pid: process.pid }, 'starting');
  const progress = modelProgress(io.stderr);
  const house = await buildHouse({ ...session, env: io.env, onModelProgress: progress.show });
  await house.lifecycle.start(io.signal).finally(() => progress.end());
  log.info({ http: house.http.url }, 'ready');
  await aborted(io.signal);
  log.info({}, 'stopping');
  await house.lifecycle.stop();
  const { reason } = io.signal;
  return reason instanceof Interruption ? 0 : 1;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
