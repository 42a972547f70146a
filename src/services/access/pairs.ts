import type { Granted } from '../../core/decision.ts';
import type { FaceObservation } from '../../core/observation.ts';
import { type PersonRef, samePerson } from '../../core/person.ts';
import type { Visit } from './visits.ts';

/** Somebody whom only a second person keeps from being let in. */
export interface Waiting {
  readonly visit: Visit;
  readonly seen: FaceObservation;
  readonly decision: Granted;
  readonly atMs: number;
}

/** Who waits at a door that only two people open together: the last one seen, and the one before if it is another. */
export class Pairs {
  #waiting: readonly Waiting[] = [];

  waits(one: Waiting): void {
    const others = this.#waiting.filter((other) => !samePerson(other.decision.person, one.decision.person));
    this.#waiting = [one, ...others].slice(0, 2);
  }

  companionOf(who: PersonRef | undefined): { companion?: { person: PersonRef; atMs: number } } {
    const other = this.#otherThan(who);
    return other === undefined ? {} : { companion: { person: other.decision.person, atMs: other.atMs } };
  }

  /** The door has opened for `second`: who waited for it. Nobody waits any more: one face serves one pair. */
  complete(second: PersonRef): Waiting | undefined {
    const first = this.#otherThan(second);
    this.#waiting = [];
    return first;
  }

  clear(): void {
    this.#waiting = [];
  }

  #otherThan(who: PersonRef | undefined): Waiting | undefined {
    return this.#waiting.find(({ decision }) => who !== undefined && !samePerson(decision.person, who));
  }
}

/** A person as a key of maps. */
export function keyOf(person: PersonRef): string {
  return JSON.stringify([person.gallery, person.id]);
}
