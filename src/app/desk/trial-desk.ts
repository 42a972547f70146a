import type { Io } from '../../api/cli/verbs.ts';
import { MemoryJournal } from '../../drivers/store/memory-journal.ts';
import { mediaRoom } from '../media-room.ts';
import { requestRoom } from '../request-room.ts';
import type { Session } from '../session.ts';
import { withPeopleCopy, withRecognition } from '../workbench.ts';
import { deskOf } from './own-desk.ts';
import type { PeopleDesk } from './people-desk.ts';

/** A desk over a copy of everybody, in memory: it answers as the real one would, and nothing is kept. */
export async function withTrialDesk<T>(
  session: Session,
  io: Io,
  work: (desk: PeopleDesk) => Promise<T>,
): Promise<T> {
  const { config, clock, stateDir } = session;
  return withPeopleCopy(session, io, (people) =>
    withRecognition(session, io, { people, load: true }, (recognition) => {
      const media = mediaRoom({ config, clock, runtimeDir: stateDir });
      const journal = new MemoryJournal({ device: config.device, clock });
      return work(deskOf(requestRoom(config, { people, recognition, media, journal, clock }).enrolment));
    }),
  );
}
