import type { Denied, Granted } from '../../core/decision.ts';
import type { EventBody } from '../../core/events.ts';
import type { FaceObservation } from '../../core/observation.ts';

/** Figures of a decision as events carry them: scores to 4 decimals, metres to 2. */
export function figures(decision: Granted | Denied, seen: FaceObservation): Omit<EventBody, 'type'> {
  const { distance } = decision;
  return {
    track: seen.trackId,
    ...(decision.person !== undefined ? { person: decision.person } : {}),
    ...rounded('score', decision.score, 4),
    ...rounded('margin', decision.margin, 4),
    ...rounded('distanceM', distance?.distanceM, 2),
    ...rounded('distanceErrorM', distance === undefined ? undefined : (distance.maxM - distance.minM) / 2, 2),
    liveness: decision.liveness,
    ...(seen.atS !== undefined ? { atS: seen.atS } : {}),
  };
}

/** JSON has no NaN: a figure that is none is left out. */
function rounded<K extends string>(
  key: K,
  value: number | undefined,
  decimals: number,
): { [P in K]?: number } {
  if (value === undefined || !Number.isFinite(value)) return {};
  const scale = 10 ** decimals;
  return { [key]: Math.round(value * scale) / scale } as { [P in K]?: number };
}
