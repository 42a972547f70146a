import type { Io } from '../../api/cli/verbs.ts';
import type { Keeping } from '../../api/http/v1/keeping.ts';
import { PeopleVault } from '../../drivers/store/people-vault.ts';
import { accountsDocument } from '../account-room.ts';
import { journalRoom } from '../journal-room.ts';
import { keepingRoom } from '../keeping-room.ts';
import type { Session } from '../session.ts';

/** The store as a whole, over a state directory that this process has locked. No network is loaded. */
export async function withOwnKeeping<T>(
  session: Session,
  io: Io,
  work: (keeping: Keeping) => Promise<T>,
): Promise<T> {
  const { config, stateDir, clock, log } = session;
  const people = new PeopleVault({ stateDir, credentialsDir: io.env.CREDENTIALS_DIRECTORY, log });
  const journal = journalRoom(config, { stateDir, clock, log });
  const accounts = accountsDocument(stateDir, log);
  try {
    await people.start();
    await journal.start();
    await accounts.start();
    const onRestored = async () => undefined; // the daemon's next start embeds again what must be
    return await work(keepingRoom(config, { stateDir, people, accounts, onRestored, journal, clock }));
  } finally {
    await accounts.stop();
    await journal.stop();
    await people.stop();
  }
}
