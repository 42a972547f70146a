import type { LivenessReport } from '../../core/events.ts';
import type { Distance, Match } from '../../core/face.ts';
import type { FaceObservation } from '../../core/observation.ts';
import { type PersonRef, samePerson } from '../../core/person.ts';
import type { AccessPolicy } from './policy.ts';

/** What is remembered of one track. */
export interface TrackEvidence {
  /** Oldest first; the last one is the newest frame that showed this face. */
  readonly observations: readonly FaceObservation[];
  /** Capture of the first frame of the track, which may have left `observations` since. */
  readonly firstCapturedAtMs: number;
  /** Whether any frame of the track was ever compared with the gallery. */
  readonly everEmbedded: boolean;
}

/** How the last embedded frames voted. */
export interface Tally {
  /** Embedded frames counted, at most `policy.window`. */
  readonly frames: number;
  /** Frames that matched somebody above threshold and margin. */
  readonly votes: number;
  /** Frames above the threshold without the margin. */
  readonly ambiguous: number;
  /** Of the newest embedded frame; `null` for an empty gallery. */
  readonly newest: Match | null | undefined;
  /**
   * Who the newest embedded frame voted for, and how many frames agree. A track whose newest frame votes for
   * nobody has no leader: somebody else may have stepped into it.
   */
  readonly leader?: {
    readonly match: Match;
    readonly votes: number;
    readonly dissent: number;
    /** Capture of the oldest of these votes. */
    readonly sinceMs: number;
    /**
     * How far ahead of everybody else the frames are on average, votes or not. A frame that is nearer to somebody else
     * counts against them by that one's lead: at most what the mean of the embeddings would give.
     */
    readonly lead: number;
  };
}

/** Observations young enough, measured from the newest, to say anything about who stands there now. */
export function recent(track: TrackEvidence, spanMs: number): readonly FaceObservation[] {
  const newest = track.observations.at(-1);
  if (newest === undefined) return [];
  return track.observations.filter((seen) => newest.capturedAtMs - seen.capturedAtMs <= spanMs);
}

/** NaN and infinite scores are below every threshold, by the direction of the comparisons. */
function reachesThreshold(match: Match, policy: AccessPolicy): boolean {
  return Number.isFinite(match.score) && match.score >= policy.threshold;
}

function votesFor(match: Match | null, policy: AccessPolicy): PersonRef | undefined {
  if (match === null || !reachesThreshold(match, policy)) return undefined;
  return Number.isFinite(match.margin) && match.margin >= policy.margin ? match.person : undefined;
}

/** Whom one frame of a face votes for: somebody above threshold and margin. */
export function voteOf(seen: FaceObservation, policy: AccessPolicy): PersonRef | undefined {
  return votesFor(seen.match ?? null, policy);
}

export function tally(track: TrackEvidence, policy: AccessPolicy): Tally {
  const embedded = recent(track, policy.evidenceMs)
    .filter((seen) => seen.match !== undefined)
    .slice(-Math.max(1, policy.window));
  const matches = embedded.map((seen) => seen.match as Match | null);
  const voted = matches.map((match) => votesFor(match, policy)).filter((person) => person !== undefined);
  const newest = matches.at(-1);
  const counts = {
    frames: matches.length,
    votes: voted.length,
    ambiguous:
      matches.filter((match) => match !== null && reachesThreshold(match, policy)).length - voted.length,
    newest,
  };
  if (newest === undefined || newest === null) return counts;
  const person = votesFor(newest, policy);
  if (person === undefined) return counts;
  const agreeing = embedded.filter((seen) => {
    const other = voteOf(seen, policy);
    return other !== undefined && samePerson(other, person);
  });
  const [votes, sinceMs] = [agreeing.length, agreeing[0]?.capturedAtMs ?? Number.POSITIVE_INFINITY];
  const lead = matches.reduce((sum, match) => sum + leadOf(person, match), 0) / matches.length;
  return { ...counts, leader: { match: newest, votes, dissent: voted.length - votes, sinceMs, lead } };
}

/** A comparison with an empty gallery speaks for nobody; an impossible one spoils the mean. */
function leadOf(person: PersonRef, match: Match | null): number {
  if (match === null) return 0;
  if (!Number.isFinite(match.margin)) return Number.NaN;
  return samePerson(match.person, person) ? match.margin : -match.margin;
}

/**
 * Whether every frame that counts names the leader. Asked of somebody else in the track of a person who was let in:
 * a face that wavers between two names would otherwise be let in under both.
 */
export function unanimous(track: TrackEvidence, policy: AccessPolicy): boolean {
  const { leader, frames } = tally(track, policy);
  return leader !== undefined && leader.votes === frames;
}

/**
 * Liveness over the track: the median of the judged frames, at least `policy.livenessFrames` of them. Never one
 * frame: single live frames fall to 0.1, and a replay's first frames may look alive. Frames from before the first
 * vote for the person now named do not count: whoever stood there then may have raised a phone since.
 */
export function fuseLiveness(track: TrackEvidence, policy: AccessPolicy): LivenessReport {
  if (policy.liveness === 'none' || policy.liveness === 'off') return policy.liveness;
  const sinceMs = tally(track, policy).leader?.sinceMs ?? Number.NEGATIVE_INFINITY;
  const judged = recent(track, policy.evidenceMs)
    .filter((seen) => seen.capturedAtMs >= sinceMs)
    .map((seen) => seen.liveness)
    .filter((live) => live !== undefined);
  if (!(judged.length >= Math.max(1, policy.livenessFrames))) return 'not_assessed';
  return median(judged) >= policy.minLiveness ? 'live' : 'spoof';
}

/** What an alarm about a replay says of its ground: most looks at this face saw it in a frame. */
export function spoofGround(track: TrackEvidence, policy: AccessPolicy): { readonly reason?: 'framed' } {
  const looks = recent(track, policy.evidenceMs).filter(({ liveness }) => liveness !== undefined);
  const framed = looks.filter((seen) => seen.framed === true);
  return framed.length * 2 > looks.length ? { reason: 'framed' } : {};
}

/** Enough frames went by to judge, and none was: waiting longer brings nothing. */
export function livenessIdle(track: TrackEvidence, policy: AccessPolicy): boolean {
  const seen = recent(track, policy.evidenceMs);
  return seen.length >= policy.livenessFrames && seen.every(({ liveness }) => liveness === undefined);
}

/** Lower median, so that an even split counts against liveness; NaN when any value is. */
function median(values: readonly number[]): number {
  if (values.some((value) => Number.isNaN(value))) return Number.NaN;
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}

/** The newest measurement that is no older than the decision deadline, measured from the newest frame. */
export function newestDistance(track: TrackEvidence, policy: AccessPolicy): Distance | undefined {
  return recent(track, policy.deadlineMs).findLast((seen) => seen.distance !== undefined)?.distance;
}

export type DistanceVerdict = 'inside' | 'too_far' | 'too_close' | 'distance_unknown';

/** The whole interval must lie inside `[nearM, farM]`; a malformed interval is no measurement. */
export function judgeDistance(
  distance: Distance | undefined,
  [nearM, farM]: readonly [number, number],
): DistanceVerdict {
  if (distance === undefined) return 'distance_unknown';
  const { minM, distanceM, maxM } = distance;
  const wellFormed = minM > 0 && minM <= distanceM && distanceM <= maxM && Number.isFinite(maxM);
  if (!wellFormed) return 'distance_unknown';
  if (!(maxM <= farM)) return 'too_far';
  return minM >= nearM ? 'inside' : 'too_close';
}
