/** Looks that must agree before judging slows down; as many as the access policy asks for. */
const AGREEING_LOOKS = 5;
/** From here on one look counts as live, as in the access policy. */
const LIVE_FROM = 0.4;
/** Time between looks at a face that the last looks agreed about, ms: a phone held up in mid-track is noticed. */
const SETTLED_INTERVAL_MS = 300;

/**
 * When the liveness of one face is judged: every frame until the last five looks agree, then about three times a
 * second, and every frame again as soon as a look disagrees.
 */
export class LivenessSchedule {
  #looks: boolean[] = [];
  #lastMs = Number.NEGATIVE_INFINITY;

  due(nowMs: number): boolean {
    const settled = this.#looks.length >= AGREEING_LOOKS && new Set(this.#looks).size === 1;
    return !settled || nowMs - this.#lastMs >= SETTLED_INTERVAL_MS;
  }

  /** `live`: what the networks said, 0 … 1. */
  add(live: number, nowMs: number): void {
    this.#lastMs = nowMs;
    this.#looks = [...this.#looks, live >= LIVE_FROM].slice(-AGREEING_LOOKS);
  }
}
