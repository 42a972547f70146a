import type { Denied } from '../../core/decision.ts';
import type { DenialReason } from '../../core/events.ts';

/** Denials that say nothing of somebody else at the door: not near it, not one of two, or nobody's fault. */
const NO_INTRUDER: ReadonlySet<DenialReason> = new Set<DenialReason>([
  'too_far',
  'distance_unknown',
  'second_person_needed',
  'cooldown',
  'stale_frame',
  'relay_fault',
]);
/** A face this far away is in the street, metres: the default range of the door. */
const NEAR_M = 2;

/** Who is at the door while a grant has it open: a second face that was not let in may follow the first. */
export class Entering {
  #untilMs = Number.NEGATIVE_INFINITY;
  readonly #granted = new Set<number>();
  readonly #told = new Set<number>();

  granted(trackId: number, untilMs: number): void {
    if (untilMs - this.#untilMs > 60_000) this.clear();
    this.#untilMs = Math.max(this.#untilMs, untilMs);
    this.#granted.add(trackId);
  }

  /** Whether this denied face is to be reported as tailgating: once per track and opening. */
  tailgates(trackId: number, { reason, distance }: Denied, nowMs: number): boolean {
    if (!(nowMs < this.#untilMs)) {
      this.clear();
      return false;
    }
    if (this.#granted.has(trackId) || this.#told.has(trackId) || NO_INTRUDER.has(reason)) return false;
    if (distance !== undefined && distance.minM > NEAR_M) return false;
    this.#told.add(trackId);
    return true;
  }

  clear(): void {
    this.#untilMs = Number.NEGATIVE_INFINITY;
    this.#granted.clear();
    this.#told.clear();
  }
}
