import type { LimenEvent } from '../../core/events.ts';

/**
 * The JSON of one event, with the members that the contract names and no others: who asked, track numbers and a
 * source's own seconds stay in the journal. Members that are absent or not finite are left out.
 */
export function eventPayload(event: LimenEvent): string {
  return JSON.stringify({
    id: event.id,
    seq: event.seq,
    bootId: event.bootId,
    type: event.type,
    at: event.at,
    clockSynced: event.clockSynced,
    device: event.device,
    door: event.door,
    person: event.person && { gallery: event.person.gallery, id: event.person.id },
    score: finite(event.score),
    margin: finite(event.margin),
    distanceM: finite(event.distanceM),
    distanceErrorM: finite(event.distanceErrorM),
    liveness: event.liveness,
    reason: event.reason,
    relay: event.relay,
    latencyMs: finite(event.latencyMs),
    expiresAt: event.expiresAt,
  });
}

/** Such a number would become `null`, which the contract does not know. */
function finite(value: number | undefined): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}
