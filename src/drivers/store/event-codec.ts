import type { EventType, LimenEvent } from '../../core/events.ts';

/** Bytes of `seq` before the JSON, so that it can be read without parsing. */
const SEQ_BYTES = 8;

/** Events that reach the disk at once: grants, alarms, and what administrators did. */
const URGENT: ReadonlySet<EventType> = new Set<EventType>([
  'access.granted',
  'access.not_opened',
  'access.tailgating',
  'door.unlocked',
  'door.held_open',
  'door.forced',
  'door.opened_without_grant',
  'door.tampered',
  'door.fault',
  'door.mode_changed',
  'fire.released',
  'spoof.suspected',
  'person.enrolled',
  'person.changed',
  'person.removed',
  'people.reset',
  'account.locked',
  'journal.truncated',
  'config.changed',
  'token.changed',
  'store.exported',
]);

export function isUrgent(event: LimenEvent): boolean {
  return URGENT.has(event.type);
}

/** seq u64 LE, then the event as JSON. */
export function encodeEvent(event: LimenEvent): Buffer {
  const json = Buffer.from(JSON.stringify(event));
  const payload = Buffer.allocUnsafe(SEQ_BYTES + json.length);
  payload.writeBigUInt64LE(BigInt(event.seq), 0);
  json.copy(payload, SEQ_BYTES);
  return payload;
}

export function decodeSeq(payload: Buffer): number {
  return Number(payload.readBigUInt64LE(0));
}

export function decodeEvent(payload: Buffer): LimenEvent {
  return JSON.parse(payload.toString('utf8', SEQ_BYTES)) as LimenEvent;
}
