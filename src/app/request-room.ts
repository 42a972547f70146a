import type { Config } from '../config/config.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Eraser } from '../core/ports/erasure.ts';
import type { Journal } from '../core/ports/journal.ts';
import type { PeopleStore, PictureStore } from '../core/ports/store.ts';
import { Admission } from '../runtime/admission.ts';
import { ACCESS_DEFAULTS } from '../services/access/policy.ts';
import type { Accounts } from '../services/accounts/accounts.ts';
import { EnrolOnce } from '../services/enrolment/enrol-once.ts';
import { Enrolment } from '../services/enrolment/enrolment.ts';
import { Roster } from '../services/enrolment/roster.ts';
import { Serialiser } from '../services/enrolment/serialiser.ts';
import { Measurement } from '../services/measurement/measurement.ts';
import { Verification } from '../services/verification/verification.ts';
import type { MediaRoom } from './media-room.ts';
import type { RecognitionRoom } from './recognition-room.ts';

/** What is done on request, under every dialect, verb and topic; one queue in front of all of it. */
export interface RequestRoom {
  readonly enrolment: Enrolment;
  readonly enrolOnce: EnrolOnce;
  readonly roster: Roster;
  readonly verification: Verification;
  readonly measurement: Measurement;
  /** The queue in front of all of it. */
  readonly admission: Pick<Admission, 'counts'>;
}

export function requestRoom(
  config: Config,
  parts: {
    people: PeopleStore;
    recognition: RecognitionRoom;
    media: MediaRoom;
    journal: Journal;
    clock: Clock;
    /** Takes who is removed out of the journal; absent where nothing is removed. */
    eraser?: Eraser;
    /** Where `store.keepImages` keeps them; absent where nobody is enrolled. */
    pictures?: PictureStore;
    /** Deleted with everybody by a reset. */
    accounts?: Accounts;
  },
): RequestRoom {
  const { people: store, recognition, media, journal, clock } = parts;
  const { gallery, analyser } = recognition;
  const admission = new Admission({ clock });
  const shared = {
    store,
    gallery,
    analyser,
    admission,
    journal,
    clock,
    decoder: media.images,
    clips: media.clips,
  };
  const changes = new Serialiser();
  const enrolment = new Enrolment({
    ...shared,
    changes,
    accounts: parts.accounts,
    eraser: parts.eraser,
    pictures: config.store.keepImages ? parts.pictures : undefined,
  });
  return {
    enrolment,
    enrolOnce: new EnrolOnce({ enrolment, store, clock }),
    roster: new Roster({ store, journal, clock, changes }),
    verification: new Verification({
      ...shared,
      defaultGallery: config.http.defaultGallery,
      ...(config.http.verifyLiveness === 'auto' && {
        liveness: { minLiveness: ACCESS_DEFAULTS.minLiveness },
      }),
    }),
    measurement: new Measurement(shared),
    admission,
  };
}
