import { join } from 'node:path';
import { toLimenError } from '../../core/errors.ts';
import { StateLock } from '../../drivers/store/state-lock.ts';
import type { Session } from '../session.ts';

/** The socket of the daemon that holds the state directory. */
export function socketOf({ stateDir }: Pick<Session, 'stateDir'>): string {
  return join(stateDir, 'limen.sock');
}

/**
 * Takes the state directory for this process; undefined when a daemon holds it. Whoever gets the lock stops it.
 * @throws LimenError `state_unwritable` | `package_missing`
 */
export async function holdState({
  stateDir,
  log,
}: Pick<Session, 'stateDir' | 'log'>): Promise<StateLock | undefined> {
  const lock = new StateLock({ directory: stateDir, log });
  try {
    await lock.start();
    return lock;
  } catch (cause) {
    if (toLimenError(cause).code === 'state_locked') return undefined;
    throw cause;
  }
}

/** Runs `own` while this process holds the state directory, or `daemon` with the socket of the daemon that does. */
export async function atHolder<T>(
  session: Pick<Session, 'stateDir' | 'log'>,
  work: { own(): Promise<T>; daemon(socketPath: string): Promise<T> },
): Promise<T> {
  const lock = await holdState(session);
  if (lock === undefined) return work.daemon(socketOf(session));
  try {
    return await work.own();
  } finally {
    await lock.stop();
  }
}
