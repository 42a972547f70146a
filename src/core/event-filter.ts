import type { EventType, LimenEvent } from './events.ts';
import { type PersonRef, samePerson } from './person.ts';

/** Which events somebody wants to see; all of them when nothing is named. */
export interface EventFilter {
  readonly types?: readonly EventType[];
  readonly door?: string;
  readonly person?: PersonRef;
  /** From this instant on. */
  readonly since?: Date;
  /** Before this instant. */
  readonly until?: Date;
}

export function eventMatches(event: LimenEvent, filter: EventFilter): boolean {
  const { types, door, person, since, until } = filter;
  if (types !== undefined && !types.includes(event.type)) return false;
  if (door !== undefined && event.door !== door) return false;
  if (person !== undefined && !samePerson(event.person, person)) return false;
  const atMs = Date.parse(event.at);
  return (since === undefined || atMs >= since.getTime()) && (until === undefined || atMs < until.getTime());
}
