import type { RelayReport } from '../../core/events.ts';
import type { Journal } from '../../core/ports/journal.ts';
import type { Door, DoorMode, UnlockCause } from './door.ts';
import type { CommandedMode, DoorModes } from './door-modes.ts';

/** A door as it is shown to whoever may ask. */
export interface DoorView {
  readonly id: string;
  /** The door in one word, as its `state` topic has it. */
  readonly door: string;
  /** `none`: NO DOOR CONNECTED, nothing moves. */
  readonly relay: 'none' | 'off' | 'on' | 'fault';
  /** Length of a pulse, ms. */
  readonly holdMs: number;
  readonly mode: DoorMode;
  /** RFC 3339: when a mode that was commanded for a time ends. */
  readonly modeUntil?: string;
}

export type UnlockOutcome =
  /** `relay`: a pulse began, or the one that runs was extended; it ends `holdMs` from now. */
  { readonly kind: 'unlocked'; readonly relay: RelayReport; readonly holdMs: number } | CommandRefusal;

export type LockOutcome =
  /** `held`: the fire input or the mode `held_open` keeps the lock released all the same. */
  { readonly kind: 'locked' } | { readonly kind: 'held' } | CommandRefusal;

export type ModeOutcome =
  /** `mode` is the one in force; `until` (RFC 3339) when it was commanded for a time. */
  | { readonly kind: 'set'; readonly mode: DoorMode; readonly until?: string }
  /** `schedule` for a time: what would come after it? */
  | { readonly kind: 'endless' }
  | { readonly kind: 'not_found' };

export type CommandRefusal =
  /** No such door. */
  | { readonly kind: 'not_found' }
  /** NO DOOR CONNECTED. */
  | { readonly kind: 'no_relay' }
  | { readonly kind: 'lockdown' }
  /** Starting, ending, or too many commands at once. */
  | { readonly kind: 'busy' }
  /** The relay did not obey; the door is to be taken as not under control. */
  | { readonly kind: 'fault' };

/**
 * What people and programs command, as opposed to what the camera grants. Whoever calls has made sure that the caller
 * may; here it is written down who it was, also when nothing moved.
 */
export class DoorCommands {
  readonly #doors: readonly Door[];
  readonly #journal: Pick<Journal, 'append'>;
  readonly #modes: Pick<DoorModes, 'command' | 'until'>;

  constructor(parts: {
    doors: readonly Door[];
    journal: Pick<Journal, 'append'>;
    modes: Pick<DoorModes, 'command' | 'until'>;
  }) {
    this.#modes = parts.modes;
    this.#doors = parts.doors;
    this.#journal = parts.journal;
  }

  /** In the order of the configuration. */
  list(): readonly DoorView[] {
    return this.#doors.map((door) => viewOf(door, this.#modes.until(door.id)));
  }

  get(id: string): DoorView | undefined {
    const door = this.#find(id);
    return door && viewOf(door, this.#modes.until(id));
  }

  /** Releases the lock for the door's `holdMs`. */
  async unlock(id: string, by: { cause: UnlockCause; actor: string }): Promise<UnlockOutcome> {
    const door = this.#find(id);
    if (door === undefined) return { kind: 'not_found' };
    const relay = await door.unlock(by);
    if (relay === 'pulsed' || relay === 'extended') return { kind: 'unlocked', relay, holdMs: door.holdMs };
    const refusal = refusalOf(door, relay);
    const reason = refusal.kind === 'lockdown' ? 'lockdown' : 'relay_fault';
    this.#journal.append({ type: 'access.denied', door: id, reason, relay, actor: by.actor });
    return refusal;
  }

  /** Ends a pulse. */
  async lock(id: string, actor: string): Promise<LockOutcome> {
    const door = this.#find(id);
    if (door === undefined) return { kind: 'not_found' };
    const relay = await door.lock(actor);
    if (relay === 'none' || relay === 'fault') return refusalOf(door, relay);
    return { kind: relay === 'off' ? 'locked' : 'held' };
  }

  /**
   * For `forMs`, or until the next command. Resolves once a lockdown is on disk; the door obeys at once.
   * @throws LimenError `store_fault`: it obeys all the same
   */
  async setMode(
    id: string,
    mode: CommandedMode,
    by: { readonly actor: string; readonly forMs?: number | undefined },
  ): Promise<ModeOutcome> {
    const door = this.#find(id);
    if (door === undefined) return { kind: 'not_found' };
    if (mode === 'schedule' && by.forMs !== undefined) return { kind: 'endless' };
    if (!(await this.#modes.command(id, mode, by))) return { kind: 'not_found' };
    const until = this.#modes.until(id);
    return { kind: 'set', mode: door.mode, ...(until !== undefined && { until }) };
  }

  #find(id: string): Door | undefined {
    return this.#doors.find((door) => door.id === id);
  }
}

function refusalOf(door: Door, relay: RelayReport): CommandRefusal {
  if (relay === 'none') return { kind: 'no_relay' };
  if (relay === 'fault') return { kind: 'fault' };
  return { kind: door.mode === 'lockdown' ? 'lockdown' : 'busy' };
}

function viewOf({ id, state, connected, holdMs, mode }: Door, modeUntil: string | undefined): DoorView {
  const { condition: door, lock } = state;
  const relay = !connected ? 'none' : lock === 'fault' ? 'fault' : lock === 'locked' ? 'off' : 'on';
  return { id, door, relay, holdMs, mode, ...(modeUntil !== undefined && { modeUntil }) };
}
