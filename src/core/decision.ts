import type { DenialReason, LivenessReport } from './events.ts';
import type { Distance } from './face.ts';
import type { PersonRef } from './person.ts';

interface Evidence {
  readonly score?: number;
  readonly margin?: number;
  readonly distance?: Distance;
  readonly liveness: LivenessReport;
}

export interface Granted extends Evidence {
  readonly kind: 'granted';
  readonly person: PersonRef;
  readonly score: number;
  readonly margin: number;
}

/** `person` is set only where the face was recognised and something else refuses; never a nearest name. */
export interface Denied extends Evidence {
  readonly kind: 'denied';
  readonly reason: DenialReason;
  readonly person?: PersonRef;
}

/** Not enough has been seen of this track yet. The door stays shut. */
export interface Undecided {
  readonly kind: 'undecided';
}

export type Decision = Granted | Denied | Undecided;
