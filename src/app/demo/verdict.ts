import type { LimenEvent } from '../../core/events.ts';

/** What the demo came to. `ok` is what it promises: a grant, a denial, a pulse, and the same events over MQTT. */
export interface Verdict {
  readonly ok: boolean;
  readonly granted: number;
  readonly denied: number;
  /** Lengths of the relay's pulses, ms. */
  readonly pulsesMs: readonly number[];
  readonly journalled: number;
  /** Of those, how many the subscriber received under the same id. */
  readonly received: number;
  /** Capture of the deciding frame → relay commanded, ms, of each grant. */
  readonly latenciesMs: readonly number[];
}

export function verdictOf(
  journalled: readonly LimenEvent[],
  received: readonly LimenEvent[],
  pulsesMs: readonly number[],
): Verdict {
  const ids = new Set(received.map((event) => event.id));
  const arrived = journalled.filter((event) => ids.has(event.id)).length;
  const grants = journalled.filter((event) => event.type === 'access.granted');
  const denied = journalled.filter((event) => event.type === 'access.denied').length;
  return {
    ok: grants.length > 0 && denied > 0 && pulsesMs.length > 0 && arrived === journalled.length,
    granted: grants.length,
    denied,
    pulsesMs: pulsesMs.map((ms) => Math.round(ms)),
    journalled: journalled.length,
    received: arrived,
    latenciesMs: grants.flatMap((event) => (event.latencyMs === undefined ? [] : [event.latencyMs])),
  };
}
