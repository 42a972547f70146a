import type { CommonArgs, Io } from '../../api/cli/verbs.ts';
import { buildHouse } from '../../app.ts';
import { Interruption } from '../../runtime/interruption.ts';
import { Notifier, takeServiceManager, Watchdog } from '../../runtime/notify.ts';
import { modelProgress } from '../model-progress.ts';
import { openSession } from '../session.ts';

const NO_DOOR = 'NO DOOR CONNECTED';
/** Compiling a pack takes a second; a slow box with a busy disk is given this long for each step, ms. */
const MODEL_STEP_MS = 120_000;

/** `limen run`: the daemon, until it is told to end. */
export async function run(args: CommonArgs, io: Io): Promise<number> {
  const session = openSession(args, io, { quiet: false });
  const { log, clock, config, configFile, stateDir } = session;
  log.info({ config: configFile ?? 'defaults', state: stateDir, pid: process.pid }, 'starting');
  const manager = takeServiceManager(process.env);
  const notifier = new Notifier(manager, log);
  const watchdog = new Watchdog(manager, { notifier, clock });
  const progress = modelProgress(io.stderr);
  try {
    const house = await buildHouse({
      ...session,
      env: io.env,
      onModelProgress: (step) => {
        notifier.extendTimeout(MODEL_STEP_MS);
        progress.show(step);
      },
      onProgress: () => watchdog.progress(),
    });
    await house.lifecycle.start(io.signal).finally(() => progress.end());
    await watchdog.start();
    await Promise.race([aborted(io.signal), Promise.all(house.doors.map(({ watch }) => watch.settled()))]);
    const doors = house.doors.map(({ door }) => `${door.id}: ${door.connected ? door.state.relay : NO_DOOR}`);
    const status = `${doors.join(', ')}; pack ${config.models.pack}; ${house.http.url}`;
    notifier.ready(status);
    log.info({ http: house.http.url, doors, pack: config.models.pack }, 'ready');
    await aborted(io.signal);
    log.info({}, 'stopping');
    notifier.stopping();
    await house.lifecycle.stop();
  } finally {
    await watchdog.stop();
    notifier.close();
  }
  const { reason } = io.signal;
  return reason instanceof Interruption ? 0 : 1;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
