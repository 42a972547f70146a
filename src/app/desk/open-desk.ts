import { join } from 'node:path';
import type { Io } from '../../api/cli/verbs.ts';
import { toLimenError } from '../../core/errors.ts';
import { StateLock } from '../../drivers/store/state-lock.ts';
import type { Session } from '../session.ts';
import { daemonDesk } from './daemon-desk.ts';
import { withOwnDesk } from './own-desk.ts';
import type { PeopleDesk } from './people-desk.ts';

/**
 * Runs `work` at the running daemon's desk, or at our own where no daemon holds the state directory.
 * @throws LimenError as the store, the models and the daemon do
 */
export async function withDesk<T>(
  session: Session,
  io: Io,
  options: { readonly load: boolean },
  work: (desk: PeopleDesk) => Promise<T>,
): Promise<T> {
  const lock = new StateLock({ directory: session.stateDir, log: session.log });
  try {
    await lock.start();
  } catch (cause) {
    if (toLimenError(cause).code !== 'state_locked') throw cause;
    return work(daemonDesk(join(session.stateDir, 'limen.sock')));
  }
  try {
    return await withOwnDesk(session, io, options, work);
  } finally {
    await lock.stop();
  }
}
