import type { Decision, Denied } from '../../core/decision.ts';
import type { DenialReason } from '../../core/events.ts';
import { type Person, type PersonRef, samePerson } from '../../core/person.ts';
import { type Calendar, inSchedule, type Schedule } from '../../core/schedule.ts';
import {
  fuseLiveness,
  judgeDistance,
  livenessIdle,
  newestDistance,
  type TrackEvidence,
  tally,
} from './evidence.ts';

/** What one door asks of a face before it opens. From `access.*` and the pack's thresholds. */
export interface AccessPolicy {
  /** Frames that must name the same person, of the last `window` embedded ones. */
  readonly votes: number;
  readonly window: number;
  /** Evidence older than this, measured from the newest frame, is not counted, ms. */
  readonly evidenceMs: number;
  /** Embedded frames seen before a face is called unknown, so that nobody is denied at first glance. */
  readonly unknownAfterFrames: number;
  /** A track in view for this long gets an answer even with fewer frames, ms. */
  readonly patienceMs: number;
  /** Cosine from which two faces are taken for the same person (the pack's, unless the site sets its own). */
  readonly threshold: number;
  /** Least lead over the runner-up of every frame that counts as a vote. */
  readonly margin: number;
  /** Least lead on average over all frames of the window, those that are no votes among them. */
  readonly lead: number;
  /** The whole distance interval must lie inside, metres. */
  readonly distanceM: readonly [number, number];
  /** Oldest newest-frame on which a door still opens, ms. */
  readonly deadlineMs: number;
  /** Galleries whose people may open this door. */
  readonly galleries: readonly string[];
  /** When people of a gallery may open; galleries that are not named may always. */
  readonly hours: readonly { readonly gallery: string; readonly schedule: Schedule }[];
  readonly calendar: Calendar;
  /** 2: only two different people together open the door. */
  readonly persons: 1 | 2;
  /** With `persons: 2`: how long the first one's face counts while the second one steps up, ms. */
  readonly secondPersonMs: number;
  /** `none`: the pack has no liveness; `off`: the owner wrote `access.liveness: off`. */
  readonly liveness: 'required' | 'none' | 'off';
  /**
   * Least median over the judged frames, 0 … 1. Chosen on five clips of two people and one phone: medians of five
   * frames of the replays were at most 0.23 (159 windows); the live people passed 0.4 within 0.33 s of arriving,
   * though one of them failed it in 40 % of his windows. Two people prove no error rate.
   */
  readonly minLiveness: number;
  readonly livenessFrames: number;
  /** True: nobody else may be in view. */
  readonly alone: boolean;
  /** After a grant the same person gets no second one at this door for this long, ms; 0 switches it off. */
  readonly cooldownMs: number;
}

/** Everything but thresholds, which belong to the pack that they were measured with. */
export const ACCESS_DEFAULTS = {
  votes: 3,
  window: 5,
  evidenceMs: 3_000,
  unknownAfterFrames: 5,
  patienceMs: 3_000,
  distanceM: [0.2, 2.0],
  deadlineMs: 500,
  galleries: ['default'],
  hours: [],
  calendar: { timeZone: 'UTC', holidays: [] },
  persons: 1,
  secondPersonMs: 10_000,
  liveness: 'required',
  minLiveness: 0.4,
  livenessFrames: 5,
  alone: false,
  cooldownMs: 5_000,
} as const satisfies Omit<AccessPolicy, 'threshold' | 'margin' | 'lead'>;

/** What the store said about the candidate. */
export type PersonLookup =
  | { readonly kind: 'found'; readonly person: Person }
  | { readonly kind: 'missing' }
  | { readonly kind: 'fault' };

export interface AccessContext {
  readonly policy: AccessPolicy;
  /** On the clock that stamped the frames. */
  readonly nowMs: number;
  readonly wall: Date;
  /** False for `memory:` and for a door without relay: only a real one must be armed. */
  readonly relayReal: boolean;
  /** Other faces in the newest frame. */
  readonly othersInView: number;
  /** Of `candidate(track, policy)`; absent when there is none. */
  readonly person?: PersonLookup;
  /** The candidate was in one picture twice, within `policy.evidenceMs`: one of the two is a picture. */
  readonly seenTwice: boolean;
  /** The door is in lockdown: nobody is let in, whoever it is. */
  readonly lockdown: boolean;
  /** Who else passed every other rule, and when; with `persons: 2`. */
  readonly companion?: { readonly person: PersonRef; readonly atMs: number };
  /** When this door last opened for the candidate. */
  readonly lastGrantMs?: number;
}

/** Tolerance for a capture time that rounding has put after `nowMs`, ms. */
const CLOCK_SLACK_MS = 1;

/** Whom the votes name, if anybody; the caller looks that person up before it asks `decide`. */
export function candidate(track: TrackEvidence, policy: AccessPolicy): PersonRef | undefined {
  const { leader } = tally(track, policy);
  return leader !== undefined && leader.votes >= Math.max(1, policy.votes) ? leader.match.person : undefined;
}

/**
 * The access policy. Pure: the same evidence and context give the same decision. Every guard asks for the
 * condition that opens, so that NaN, a missing value or an impossible one refuses.
 */
export function decide(track: TrackEvidence, context: AccessContext): Decision {
  const { policy } = context;
  const newest = track.observations.at(-1);
  if (newest === undefined) return { kind: 'undecided' };
  const votes = tally(track, policy);
  const distance = newestDistance(track, policy);
  const liveness = fuseLiveness(track, policy);
  const shown = votes.newest ?? undefined;
  const evidence = {
    ...(shown !== undefined && Number.isFinite(shown.score) ? { score: shown.score } : {}),
    ...(shown !== undefined && Number.isFinite(shown.margin) ? { margin: shown.margin } : {}),
    ...(distance !== undefined ? { distance } : {}),
    liveness,
  };
  const deny = (reason: DenialReason, person?: PersonRef): Denied => ({
    kind: 'denied',
    reason,
    ...evidence,
    ...(person !== undefined ? { person: { gallery: person.gallery, id: person.id } } : {}),
  });
  const outOfPatience = newest.capturedAtMs - track.firstCapturedAtMs >= policy.patienceMs;

  // Who is it?
  const leader = votes.leader;
  if (leader === undefined || !(leader.votes >= Math.max(1, policy.votes))) {
    if (votes.frames === 0) {
      return !track.everEmbedded && outOfPatience ? deny('low_quality') : { kind: 'undecided' };
    }
    const enough =
      votes.frames >= Math.min(policy.unknownAfterFrames, policy.window) ||
      (outOfPatience && votes.frames >= policy.votes);
    // Somebody was named at least once: more frames may bring the missing votes.
    if (!enough || (votes.votes > 0 && !outOfPatience)) return { kind: 'undecided' };
    const below = votes.frames - votes.votes - votes.ambiguous;
    return deny(votes.ambiguous + votes.votes > below ? 'ambiguous_match' : 'unknown_face');
  }
  if (!(leader.votes > leader.dissent)) return deny('ambiguous_match');
  // further frames may bring the lead, or show who else it is
  if (!(leader.lead >= policy.lead)) {
    return outOfPatience ? deny('ambiguous_match') : { kind: 'undecided' };
  }

  // May this person open this door now?
  const lookup = context.person;
  if (lookup === undefined) return deny('internal_fault');
  if (lookup.kind === 'fault') return deny('store_fault');
  // Removed between the comparison and the decision: nobody any more.
  if (lookup.kind === 'missing') return deny('unknown_face');
  const { person } = lookup;
  if (!samePerson(person, leader.match.person)) return deny('internal_fault');
  if (!policy.galleries.includes(person.gallery)) return deny('gallery_not_allowed', person);
  if (person.enabled !== true) return deny('person_disabled', person);
  if (!withinValidity(person, context.wall)) return deny('outside_validity', person);
  if (!withinHours(person, context.wall, policy)) return deny('outside_schedule', person);
  if (context.lockdown !== false) return deny('lockdown', person);

  // Is it that person, here, alive and now?
  if (liveness === 'none' && context.relayReal) return deny('liveness_unavailable', person);
  const replayed = policy.liveness === 'required' && context.seenTwice !== false;
  if (liveness === 'spoof' || replayed) return deny('spoof_suspected', person);
  const where = judgeDistance(distance, policy.distanceM);
  if (where !== 'inside') return deny(where, person);
  if (liveness === 'not_assessed') {
    return outOfPatience || livenessIdle(track, policy)
      ? deny('liveness_unavailable', person)
      : { kind: 'undecided' };
  }
  if (policy.alone && !(context.othersInView === 0)) return deny('multiple_people', person);
  const sinceGrantMs = context.nowMs - (context.lastGrantMs ?? Number.NEGATIVE_INFINITY);
  if (!(sinceGrantMs >= policy.cooldownMs)) return deny('cooldown', person);
  const ageMs = context.nowMs - newest.capturedAtMs;
  if (!(ageMs >= -CLOCK_SLACK_MS && ageMs <= policy.deadlineMs)) return deny('stale_frame', person);
  if (policy.persons !== 1 && !accompanied(person, context)) return deny('second_person_needed', person);

  const { score, margin } = leader.match;
  return { kind: 'granted', ...evidence, person: { gallery: person.gallery, id: person.id }, score, margin };
}

/** `validFrom` ≤ wall < `validUntil`; a date that does not parse refuses. */
function withinValidity(person: Person, wall: Date): boolean {
  const at = wall.getTime();
  const notBefore = person.validFrom === undefined || at >= Date.parse(person.validFrom);
  const notAfter = person.validUntil === undefined || at < Date.parse(person.validUntil);
  return notBefore && notAfter;
}

/** Every schedule that names the gallery must allow it. The wall clock may be wrong: events say so, the door is not blocked. */
function withinHours(person: Person, wall: Date, { hours, calendar }: AccessPolicy): boolean {
  return hours
    .filter(({ gallery }) => gallery === person.gallery)
    .every(({ schedule }) => inSchedule(schedule, wall, calendar));
}

function accompanied(person: Person, { policy, companion, nowMs }: AccessContext): boolean {
  if (companion === undefined || samePerson(companion.person, person)) return false;
  const agoMs = nowMs - companion.atMs;
  return agoMs >= 0 && agoMs <= policy.secondPersonMs;
}
