import type { Io } from '../../api/cli/verbs.ts';
import { enrolProblem } from '../../api/http/v1/enrol-problem.ts';
import { ERRORS } from '../../core/errors.ts';
import { byGalleryAndId } from '../../core/person.ts';
import { PeopleVault } from '../../drivers/store/people-vault.ts';
import type { Enrolment } from '../../services/enrolment/enrolment.ts';
import { accountsDocument } from '../account-room.ts';
import { erasureRoom } from '../erasure-room.ts';
import { journalRoom } from '../journal-room.ts';
import { mediaRoom } from '../media-room.ts';
import { requestRoom } from '../request-room.ts';
import type { Session } from '../session.ts';
import { withRecognition } from '../workbench.ts';
import { type PeopleDesk, viewOf } from './people-desk.ts';

const ACTOR = 'cli';

/** The desk over a state directory that this process has locked. `load`: whether networks are needed. */
export async function withOwnDesk<T>(
  session: Session,
  io: Io,
  options: { readonly load: boolean },
  work: (desk: PeopleDesk) => Promise<T>,
): Promise<T> {
  const { config, stateDir, clock, log } = session;
  const people = new PeopleVault({ stateDir, credentialsDir: io.env.CREDENTIALS_DIRECTORY, log });
  const journal = journalRoom(config, { stateDir, clock, log });
  const accounts = accountsDocument(stateDir, log);
  const { eraser, components: erasing } = erasureRoom({ stateDir, people, accounts, journal, clock, log });
  try {
    await people.start();
    await journal.start();
    await accounts.start();
    for (const part of erasing) await part.start(io.signal);
    return await withRecognition(session, io, { people, ...options }, (recognition) => {
      const media = mediaRoom({ config, clock, runtimeDir: stateDir });
      const { pictures } = people;
      const parts = { people, pictures, eraser, recognition, media, journal, clock };
      return work(deskOf(requestRoom(config, parts).enrolment));
    });
  } finally {
    for (const part of erasing.toReversed()) await part.stop();
    await journal.stop();
    await people.stop();
  }
}

/** What technicians do, done by the services of this process. */
export function deskOf(enrolment: Enrolment): PeopleDesk {
  return {
    enrol: async (person, image, options) => {
      const outcome = await enrolment.enrol({ person, image, ...options, extend: true, actor: ACTOR });
      if (outcome.kind === 'enrolled') {
        return { ok: true, faceId: outcome.face.faceId, faces: outcome.person.faces.length };
      }
      const { code, detail } = enrolProblem(outcome, person);
      return { ok: false, code, message: detail, advice: ERRORS[code].advice };
    },
    list: async (gallery) => (await enrolment.list(gallery)).toSorted(byGalleryAndId).map(viewOf),
    remove: async (person) => (await enrolment.remove(person, ACTOR)).kind === 'removed',
  };
}
