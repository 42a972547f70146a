import type { Granted } from '../../core/decision.ts';
import type { FaceObservation } from '../../core/observation.ts';
import type { TrackEvidence } from './evidence.ts';

/** Tracks remembered at once; the one unseen for longest goes first. */
const MAX_TRACKS = 64;
/** Observations kept per track, whatever the frame rate. */
const MAX_OBSERVATIONS = 120;
/** Things said once per track: identities and reasons. */
const MAX_SAID = 32;

/** One track from its first frame until it leaves: its evidence, and what was already said about it. */
export class Visit implements TrackEvidence {
  readonly trackId: number;
  readonly firstCapturedAtMs: number;
  lastSeenMs: number;
  everEmbedded = false;
  /** Who was let in on this track; the same person is not let in again until the track has ended. */
  granted: Granted | undefined;
  /** What was last said about who it is. */
  identity: string | undefined;
  /** After an unlock that failed, not before this time. */
  retryAtMs = Number.NEGATIVE_INFINITY;
  #observations: FaceObservation[] = [];
  readonly #saidAtMs = new Map<string, number>();

  constructor(first: FaceObservation, nowMs: number) {
    this.trackId = first.trackId;
    this.firstCapturedAtMs = first.capturedAtMs;
    this.lastSeenMs = nowMs;
  }

  get observations(): readonly FaceObservation[] {
    return this.#observations;
  }

  add(seen: FaceObservation, nowMs: number, keepMs: number): void {
    this.lastSeenMs = nowMs;
    if (seen.match !== undefined) this.everEmbedded = true;
    this.#observations.push(seen);
    const oldest = this.#observations.findIndex((other) => seen.capturedAtMs - other.capturedAtMs <= keepMs);
    this.#observations = this.#observations.slice(oldest < 0 ? -1 : oldest).slice(-MAX_OBSERVATIONS);
  }

  /** Whether `what` is to be said now: for the first time, or again after `repeatMs`. */
  mayRepeat(what: string, nowMs: number, repeatMs: number): boolean {
    const saidAtMs = this.#saidAtMs.get(what);
    if (saidAtMs !== undefined && nowMs - saidAtMs < repeatMs) return false;
    this.#saidAtMs.delete(what);
    this.#saidAtMs.set(what, nowMs);
    const [oldest] = this.#saidAtMs.keys();
    if (this.#saidAtMs.size > MAX_SAID && oldest !== undefined) this.#saidAtMs.delete(oldest);
    return true;
  }
}

/** The visits in progress at one door. Bounded in number and in time. */
export class Visits {
  readonly #visits = new Map<number, Visit>();

  get size(): number {
    return this.#visits.size;
  }

  get(trackId: number): Visit | undefined {
    return this.#visits.get(trackId);
  }

  /** The track's visit, begun when it is new. */
  of(seen: FaceObservation, nowMs: number): Visit {
    const known = this.#visits.get(seen.trackId);
    const visit = known ?? new Visit(seen, nowMs);
    // Re-inserted, so that the map stays in order of last sight.
    this.#visits.delete(seen.trackId);
    this.#visits.set(seen.trackId, visit);
    const [oldest] = this.#visits.keys();
    if (this.#visits.size > MAX_TRACKS && oldest !== undefined) this.#visits.delete(oldest);
    return visit;
  }

  end(trackId: number): void {
    this.#visits.delete(trackId);
  }

  /** Ends the visits that have not been seen for `forgetMs`. */
  endUnseen(nowMs: number, forgetMs: number): void {
    for (const [trackId, visit] of this.#visits) {
      if (!(nowMs - visit.lastSeenMs < forgetMs)) this.#visits.delete(trackId);
    }
  }

  clear(): void {
    this.#visits.clear();
  }
}
