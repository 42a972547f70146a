import type { EventBody, EventType, RelayReport } from '../../core/events.ts';
import type { PersonRef } from '../../core/person.ts';

export type UnlockCause = 'grant' | 'http' | 'mqtt' | 'cli' | 'exit';

/**
 * `held_open`: the lock stays released until the mode ends. `lockdown`: only the exit button and the fire input
 * release it.
 */
export type DoorMode = 'normal' | 'held_open' | 'lockdown';

/** One door in one word, as its `state` topic shows it. */
export type DoorCondition =
  | 'locked'
  | 'unlocked'
  | 'open'
  | 'held_open_warning'
  | 'held_open'
  | 'forced'
  | 'fault'
  | 'lockdown';

/** What the site has fitted and decided. */
export interface DoorRules {
  /** Length of a pulse, ms. */
  readonly holdMs: number;
  /** Whether there is a relay at all: without one nobody can say what opened the door. */
  readonly relay: boolean;
  /**
   * Whether every way out is known: then an opening that nothing allowed is `door.forced`, else it is
   * `door.opened_without_grant`, since people leave by the handle.
   */
  readonly exitButton: boolean;
  /** `report`: the button (or motion detector) only explains the next opening; the way out is mechanical. */
  readonly onExit: 'unlock' | 'report';
  /** `unlock`: the fire input releases the lock for as long as it is active, lockdown or not. */
  readonly onFire: 'unlock' | 'report';
  /** Open for this long: a warning; 0: none, ms. */
  readonly heldOpenWarningMs: number;
  /** Open for this long: an alarm; 0: none, ms. */
  readonly heldOpenMs: number;
}

export const DOOR_RULES: DoorRules = {
  holdMs: 3_000,
  relay: true,
  exitButton: false,
  onExit: 'unlock',
  onFire: 'unlock',
  heldOpenWarningMs: 20_000,
  heldOpenMs: 30_000,
};

/** Why something happened, and for whom, as its event will say. */
export interface Cause {
  readonly reason: string;
  readonly actor?: string;
  readonly person?: PersonRef;
  readonly track?: number;
}

/** An event of the door, before the journal gives it an identity. */
export type DoorNote = Omit<EventBody, 'type' | 'door' | 'reason'> & {
  readonly type: EventType;
  readonly reason?: string;
};

export function note(type: EventType, cause: Partial<Cause> = {}, relay?: RelayReport): DoorNote {
  return { type, ...cause, ...(relay !== undefined ? { relay } : {}) };
}
