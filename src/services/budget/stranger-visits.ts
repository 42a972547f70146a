import type { Decision } from '../../core/decision.ts';
import type { FaceObservation } from '../../core/observation.ts';
import type { StrangerVisit } from './stranger-log.ts';

interface Track {
  best: number;
  looks: number;
  comparisons: number;
  lastMs: number;
  /** Denied as nobody that is enrolled. */
  denied: boolean;
  /** Recognised at some time: no stranger, whatever else was said. */
  known: boolean;
}

/** A track unseen for this long has left, ms. */
const GONE_MS = 10_000;
/** Tracks followed at once; the one unseen for longest goes first. */
const MAX_TRACKS = 64;

/** Follows the faces before one door until they leave, and says which of them were strangers. */
export class StrangerVisits {
  readonly #tracks = new Map<number, Track>();

  /** What one frame showed and what was decided; returns the visits that are over. */
  observe(
    faces: readonly FaceObservation[],
    decisions: readonly { readonly trackId: number; readonly decision: Decision }[],
    gallerySize: number,
    nowMs: number,
  ): readonly StrangerVisit[] {
    for (const { trackId, match } of faces) {
      const track = this.#of(trackId, nowMs);
      if (match == null || !Number.isFinite(match.score)) continue;
      track.best = Math.max(track.best, match.score);
      track.looks++;
      track.comparisons += gallerySize;
    }
    for (const { trackId, decision } of decisions) {
      const track = this.#tracks.get(trackId);
      if (track === undefined || decision.kind === 'undecided') continue;
      if (decision.kind === 'granted' || decision.person !== undefined) track.known = true;
      else if (decision.reason === 'unknown_face' || decision.reason === 'ambiguous_match')
        track.denied = true;
    }
    return this.#end(({ lastMs }) => nowMs - lastMs > GONE_MS);
  }

  /** The camera was reopened: track numbers begin anew. */
  endAll(): readonly StrangerVisit[] {
    return this.#end(() => true);
  }

  #of(trackId: number, nowMs: number): Track {
    const track = this.#tracks.get(trackId) ?? {
      best: -1,
      looks: 0,
      comparisons: 0,
      lastMs: nowMs,
      denied: false,
      known: false,
    };
    track.lastMs = nowMs;
    // re-inserted, so that the map stays in order of last sight
    this.#tracks.delete(trackId);
    this.#tracks.set(trackId, track);
    return track;
  }

  #end(isOver: (track: Track) => boolean): StrangerVisit[] {
    const over: StrangerVisit[] = [];
    for (const [trackId, track] of this.#tracks) {
      if (!isOver(track) && this.#tracks.size <= MAX_TRACKS) continue;
      this.#tracks.delete(trackId);
      const { best, looks, comparisons } = track;
      if (track.denied && !track.known && looks > 0) over.push({ best, looks, comparisons });
    }
    return over;
  }
}
