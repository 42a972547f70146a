import type { Clock } from '../../core/ports/clock.ts';
import type { DocumentStore } from '../../core/ports/store.ts';
import { type Calendar, inSchedule, type Schedule } from '../../core/schedule.ts';
import type { Component } from '../../runtime/component.ts';
import type { DoorMode } from './door-rules.ts';

/** Doors in lockdown by command: it outlives a restart, nothing else does. */
export interface LockdownDocument {
  readonly doors: readonly string[];
}

/** A value read from disk. @throws TypeError when it is no such document */
export function parseLockdowns(value: unknown): LockdownDocument {
  const { doors } = (value ?? {}) as { doors?: unknown };
  if (!Array.isArray(doors) || !doors.every((door) => typeof door === 'string')) {
    throw new TypeError('doors is not a list of names');
  }
  return { doors };
}

export interface ModedDoor {
  readonly door: { readonly id: string; setMode(mode: DoorMode, reason: string, actor?: string): void };
  /** While it lasts the door is held open, in lockdown. */
  readonly heldOpen?: Schedule | undefined;
  readonly lockdown?: Schedule | undefined;
}

/** How often the clock on the wall is compared with the schedules, ms: it may be set at any time. */
const LOOK_MS = 5_000;

/**
 * The modes of all doors: by command, else by schedule, else normal. Lockdown by command is on disk, so that a restart
 * does not end it. A door is not held open by a clock that is not known to be right.
 */
export class DoorModes implements Component {
  readonly name = 'door modes';
  readonly #doors: readonly ModedDoor[];
  readonly #calendar: Calendar;
  readonly #document: DocumentStore<LockdownDocument>;
  readonly #clock: Clock;
  readonly #commanded = new Map<string, DoorMode>();
  #cancel: () => void = () => {};
  #stopped = false;

  constructor(parts: {
    doors: readonly ModedDoor[];
    calendar: Calendar;
    document: DocumentStore<LockdownDocument>;
    clock: Clock;
  }) {
    this.#doors = parts.doors;
    this.#calendar = parts.calendar;
    this.#document = parts.document;
    this.#clock = parts.clock;
  }

  /** After the document, and before anything that could open a door. */
  async start(): Promise<void> {
    for (const id of this.#document.value.doors) this.#commanded.set(id, 'lockdown');
    this.#look();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel();
  }

  /**
   * Sets a door's mode until the next command; `schedule` gives it back to its schedules. The door obeys at once;
   * resolves once a lockdown, or its end, is on disk. False when there is no such door. @throws LimenError `store_fault`
   */
  async command(id: string, mode: DoorMode | 'schedule', actor: string): Promise<boolean> {
    const moded = this.#doors.find(({ door }) => door.id === id);
    if (moded === undefined) return false;
    if (mode === 'schedule') this.#commanded.delete(id);
    else this.#commanded.set(id, mode);
    const next = this.#wanted(moded);
    moded.door.setMode(next.mode, next.reason, actor);
    await this.#document.update(({ doors }) => {
      const locked = mode === 'lockdown';
      if (locked === doors.includes(id)) return this.#document.value;
      return { doors: locked ? [...doors, id] : doors.filter((other) => other !== id) };
    });
    return true;
  }

  #look(): void {
    if (this.#stopped) return;
    for (const moded of this.#doors) {
      const { mode, reason } = this.#wanted(moded);
      moded.door.setMode(mode, reason);
    }
    this.#cancel = this.#clock.after(LOOK_MS, () => this.#look());
  }

  #wanted({ door, heldOpen = [], lockdown = [] }: ModedDoor): { mode: DoorMode; reason: string } {
    const commanded = this.#commanded.get(door.id);
    if (commanded !== undefined) return { mode: commanded, reason: commanded };
    const wall = this.#clock.wall();
    if (inSchedule(lockdown, wall, this.#calendar)) return { mode: 'lockdown', reason: 'lockdown' };
    const held = this.#clock.wallSynced() && inSchedule(heldOpen, wall, this.#calendar);
    return held ? { mode: 'held_open', reason: 'held_open' } : { mode: 'normal', reason: 'normal' };
  }
}
