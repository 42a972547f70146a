import type { PersonRef } from './person.ts';

export const EVENT_TYPES = [
  'face.recognized',
  'face.unknown',
  'access.granted',
  'access.denied',
  'access.not_opened',
  'access.tailgating',
  'door.unlocked',
  'door.locked',
  'door.opened',
  'door.closed',
  'door.held_open_warning',
  'door.held_open',
  'door.forced',
  'door.opened_without_grant',
  'door.tampered',
  'door.fault',
  'door.mode_changed',
  'exit.requested',
  'fire.released',
  'spoof.suspected',
  'verification.succeeded',
  'verification.failed',
  'person.enrolled',
  'person.changed',
  'person.removed',
  'people.reset',
  'account.locked',
  'camera.lost',
  'camera.recovered',
  'journal.truncated',
  'daemon.started',
  'daemon.stopping',
  'config.changed',
  'config.rejected',
  'token.changed',
  'store.exported',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** Why a door stayed shut (`access.denied`). */
export const DENIAL_REASONS = [
  'unknown_face',
  'ambiguous_match',
  'low_quality',
  'too_far',
  'too_close',
  'distance_unknown',
  'multiple_people',
  'second_person_needed',
  'spoof_suspected',
  'liveness_unavailable',
  'person_disabled',
  'outside_validity',
  'outside_schedule',
  'gallery_not_allowed',
  'lockdown',
  'cooldown',
  'stale_frame',
  'camera_frozen',
  'model_unavailable',
  'store_fault',
  'relay_fault',
  'internal_fault',
] as const;
export type DenialReason = (typeof DENIAL_REASONS)[number];

/** State of the relay in an event: `none` says that no door is connected. */
export type RelayReport = 'none' | 'pulsed' | 'extended' | 'off' | 'fault';
export type LivenessReport = 'none' | 'off' | 'live' | 'spoof' | 'not_assessed';

/** What happened, before the journal gives it an identity. */
export interface EventBody {
  readonly type: EventType;
  /** Door id; absent for events of the whole daemon. */
  readonly door?: string;
  readonly person?: PersonRef;
  /** Track number within the camera's opening, for events of one visit. */
  readonly track?: number;
  readonly score?: number;
  readonly margin?: number;
  readonly distanceM?: number;
  readonly distanceErrorM?: number;
  readonly liveness?: LivenessReport;
  /** A `DenialReason` for `access.denied`, else a short machine-readable word such as `duplicate_face`. */
  readonly reason?: string;
  readonly relay?: RelayReport;
  /** Capture of the deciding frame → relay commanded, ms. */
  readonly latencyMs?: number;
  /** RFC 3339; after it the event is history, never a reason to act. */
  readonly expiresAt?: string;
  /** Seconds of the source itself (files only). */
  readonly atS?: number;
  /** Who asked, for administrative events: `http:127.0.0.1`, `cli`, `mqtt`. */
  readonly actor?: string;
  /** Which API token `token.changed` is about; never its secret. */
  readonly token?: { readonly id: string; readonly name: string };
}

/** How an administrative entry of the journal hangs on the one before it; see `runtime/event-chain.ts`. */
export interface ChainLink {
  /** `hash` of the administrative entry before. */
  readonly prev: string;
  readonly hash: string;
  /** Salted digest of the person; with `salt` until the person is removed. */
  readonly person?: string;
  readonly salt?: string;
}

/** A journalled event. `seq` has no gaps over restarts; `id` is unique for ever. */
export interface LimenEvent extends EventBody {
  readonly id: string;
  readonly seq: number;
  readonly bootId: string;
  /** RFC 3339 UTC with milliseconds. */
  readonly at: string;
  /** False when the wall clock is not known to be right. */
  readonly clockSynced: boolean;
  readonly device: string;
  /** Of administrative entries only. */
  readonly chain?: ChainLink;
}
