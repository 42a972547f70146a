import type { Io } from '../../api/cli/verbs.ts';
import type { Session } from '../session.ts';
import { daemonDesk } from './daemon-desk.ts';
import { withOwnDesk } from './own-desk.ts';
import type { PeopleDesk } from './people-desk.ts';
import { atHolder } from './state-holder.ts';

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
  return atHolder(session, {
    own: () => withOwnDesk(session, io, options, work),
    daemon: (socketPath) => work(daemonDesk(socketPath)),
  });
}
