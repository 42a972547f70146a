import { createHmac } from 'node:crypto';
import type { EventType, LimenEvent } from '../../core/events.ts';
import { type PersonRef, samePerson } from '../../core/person.ts';
import type { ErasureSubject } from '../../core/ports/erasure.ts';

/** Events that tell of an account, not of a face. */
const OF_ACCOUNTS: ReadonlySet<EventType> = new Set<EventType>(['token.changed', 'account.locked']);

/** A text that every event in question holds. */
export function textOf(subject: ErasureSubject): string {
  return subject.kind === 'everybody' ? '"person":{' : JSON.stringify(subject.person.id);
}

/**
 * The event with the subject's id replaced. One person keeps one substitute, so that the history stays coherent; with
 * `secret` gone, nobody can tell whose it was.
 */
export function pseudonymised(event: LimenEvent, subject: ErasureSubject, secret: string): LimenEvent {
  const { person } = event;
  if (person === undefined || isSubstitute(person)) return event;
  if (subject.kind !== 'everybody') {
    if (!samePerson(person, subject.person)) return event;
    if (OF_ACCOUNTS.has(event.type) !== (subject.kind === 'account')) return event;
  }
  return { ...event, person: { gallery: person.gallery, id: substitute(person, secret) } };
}

const SUBSTITUTE = /^removed-[0-9a-f]{12}$/;

function isSubstitute({ id }: PersonRef): boolean {
  return SUBSTITUTE.test(id);
}

function substitute({ gallery, id }: PersonRef, secret: string): string {
  const digest = createHmac('sha256', Buffer.from(secret, 'base64')).update(JSON.stringify([gallery, id]));
  return `removed-${digest.digest('hex').slice(0, 12)}`;
}
