import type { LimenEvent } from '../../core/events.ts';

/** One event for a person to read, with the source's own seconds where it has them, else the time of day: `12:00:03.250  access.denied   front  unknown_face  score 0.34  1.12 m ± 0.28`. */
export function eventLine(event: LimenEvent, time: 'source' | 'wall' = 'source'): string {
  const sourceTime = time === 'source' && event.atS !== undefined;
  const when = sourceTime ? `${event.atS.toFixed(2).padStart(7)} s` : event.at.slice(11, 23);
  const parts = [
    event.person && `${event.person.gallery}/${event.person.id}`,
    event.reason,
    event.score !== undefined && `score ${event.score.toFixed(2)}`,
    event.margin !== undefined && `margin ${event.margin.toFixed(2)}`,
    event.distanceM !== undefined && distance(event.distanceM, event.distanceErrorM),
    event.liveness !== undefined && `liveness ${event.liveness}`,
    event.relay !== undefined && `relay ${event.relay}`,
    event.latencyMs !== undefined && `latency ${event.latencyMs.toFixed(0)} ms`,
    event.actor !== undefined && `by ${event.actor}`,
  ].filter((part) => part !== undefined && part !== false);
  const head = `${when}  ${event.type.padEnd(16)}  ${(event.door ?? '').padEnd(6)}`;
  return parts.length === 0 ? head.trimEnd() : `${head}  ${parts.join('  ')}`;
}

function distance(distanceM: number, errorM: number | undefined): string {
  const plain = `${distanceM.toFixed(2)} m`;
  return errorM === undefined ? plain : `${plain} ± ${errorM.toFixed(2)}`;
}
