import type { Config } from '../config/config.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Journal } from '../core/ports/journal.ts';
import type { PeopleStore } from '../core/ports/store.ts';
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
}

export function requestRoom(
  config: Config,
  parts: {
    people: PeopleStore;
    recognition: RecognitionRoom;
    media: MediaRoom;
    journal: Journal;
    clock: Clock;
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
  const enrolment = new Enrolment({ ...shared, changes, accounts: parts.accounts });
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
  };
}
