import { toLimenError } from '../../core/errors.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Journal } from '../../core/ports/journal.ts';
import type { Log } from '../../core/ports/log.ts';
import type { DocumentStore } from '../../core/ports/store.ts';
import { type Calendar, inSchedule, type Schedule } from '../../core/schedule.ts';
import type { Component } from '../../runtime/component.ts';
import type { DoorMode } from './door-rules.ts';
import type { Lockdown, LockdownDocument } from './lockdown-document.ts';

/** What a command may set: a mode, or the door's schedules again. */
export const COMMANDED_MODES = ['normal', 'held_open', 'lockdown', 'schedule'] as const;
export type CommandedMode = (typeof COMMANDED_MODES)[number];

/** The longest time for which a mode can be commanded, s: 31 days. Without a time it lasts until the next command. */
export const MAX_MODE_S = 31 * 86_400;

export interface ModedDoor {
  readonly door: { readonly id: string; setMode(mode: DoorMode, reason: string, actor?: string): void };
  /** While it lasts the door is held open, in lockdown. */
  readonly heldOpen?: Schedule | undefined;
  readonly lockdown?: Schedule | undefined;
}

/** How often the clock on the wall is compared with the schedules, ms: it may be set at any time. */
const LOOK_MS = 5_000;

interface Commanded {
  readonly mode: DoorMode;
  /** Absent: until the next command. */
  readonly term?: {
    /** On the monotonic clock. */
    readonly endsMs: number;
    readonly wallEnd: Date;
    readonly forMs: number;
    /** Begun before this start: then the wall clock counts as well, once it is known to be right. */
    readonly restored: boolean;
  };
}

/**
 * The modes of all doors: by command, else by schedule, else normal. Lockdown by command is on disk, so that a restart
 * does not end it. A door is not held open by a clock that is not known to be right, nor does such a clock end a
 * lockdown: one that was commanded for a time then lasts that time from the start on.
 */
export class DoorModes implements Component {
  readonly name = 'door modes';
  readonly #doors: readonly ModedDoor[];
  readonly #calendar: Calendar;
  readonly #document: DocumentStore<LockdownDocument>;
  readonly #journal: Pick<Journal, 'append'>;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #commanded = new Map<string, Commanded>();
  #cancel: () => void = () => {};
  #saving: Promise<unknown> = Promise.resolve();
  #stopped = false;

  constructor(parts: {
    doors: readonly ModedDoor[];
    calendar: Calendar;
    document: DocumentStore<LockdownDocument>;
    journal: Pick<Journal, 'append'>;
    clock: Clock;
    log: Log;
  }) {
    this.#doors = parts.doors;
    this.#calendar = parts.calendar;
    this.#document = parts.document;
    this.#journal = parts.journal;
    this.#clock = parts.clock;
    this.#log = parts.log;
  }

  /** After the document and the journal, and before anything that could open a door. */
  async start(): Promise<void> {
    const { doors, terms = {} } = this.#document.value;
    for (const id of doors) {
      const term = terms[id];
      if (term === undefined) this.#commanded.set(id, { mode: 'lockdown' });
      else {
        const { forMs, until } = term;
        const endsMs = this.#clock.nowMs() + forMs;
        const restored = { endsMs, forMs, wallEnd: new Date(until), restored: true };
        this.#commanded.set(id, { mode: 'lockdown', term: restored });
      }
    }
    this.#look();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel();
    await this.#saving;
  }

  /** RFC 3339; undefined while no mode is commanded, or without an end. */
  until(id: string): string | undefined {
    return this.#commanded.get(id)?.term?.wallEnd.toISOString();
  }

  /**
   * Sets a door's mode for `forMs`, or until the next command; `schedule` gives it back to its schedules. It is
   * journalled with who asked, and the door obeys at once; resolves once a lockdown, or its end, is on disk. False when
   * there is no such door. @throws LimenError `store_fault`: the door obeys all the same
   */
  async command(
    id: string,
    mode: CommandedMode,
    by: { readonly actor: string; readonly forMs?: number | undefined },
  ): Promise<boolean> {
    const moded = this.#doors.find(({ door }) => door.id === id);
    if (moded === undefined) return false;
    const { actor, forMs } = by;
    if (mode === 'schedule') this.#commanded.delete(id);
    else this.#commanded.set(id, { mode, ...(forMs !== undefined && { term: this.#termOf(forMs) }) });
    const expiresAt = this.until(id);
    this.#journal.append({
      type: 'door.mode_changed',
      door: id,
      reason: mode,
      actor,
      ...(expiresAt !== undefined && { expiresAt }),
    });
    const next = this.#wanted(moded);
    moded.door.setMode(next.mode, next.reason, actor);
    this.#look();
    await this.#save();
    return true;
  }

  #termOf(forMs: number): NonNullable<Commanded['term']> {
    const wallEnd = new Date(this.#clock.wall().getTime() + forMs);
    return { endsMs: this.#clock.nowMs() + forMs, wallEnd, forMs, restored: false };
  }

  #look(): void {
    if (this.#stopped) return;
    this.#cancel();
    let nextMs = LOOK_MS;
    for (const moded of this.#doors) {
      const { id } = moded.door;
      const leftMs = this.#leftMs(id);
      if (leftMs <= 0) this.#expire(id);
      else nextMs = Math.min(nextMs, leftMs);
      const { mode, reason } = this.#wanted(moded);
      moded.door.setMode(mode, reason);
    }
    this.#cancel = this.#clock.after(nextMs, () => this.#look());
  }

  #leftMs(id: string): number {
    const term = this.#commanded.get(id)?.term;
    if (term === undefined) return Number.POSITIVE_INFINITY;
    const leftMs = term.endsMs - this.#clock.nowMs();
    if (!term.restored || !this.#clock.wallSynced()) return leftMs;
    return Math.min(leftMs, term.wallEnd.getTime() - this.#clock.wall().getTime());
  }

  #expire(id: string): void {
    this.#commanded.delete(id);
    this.#journal.append({ type: 'door.mode_changed', door: id, reason: 'schedule' });
    this.#saving = this.#save().catch((cause: unknown) =>
      this.#log.warn(
        { door: id, cause: toLimenError(cause).message },
        'the end of a lockdown is not on disk: a restart would begin it anew',
      ),
    );
  }

  /** The lockdowns as they are when it is this one's turn. @throws LimenError `store_fault` */
  async #save(): Promise<void> {
    await this.#document.update((value) => {
      const doors: string[] = [];
      const terms: Record<string, Lockdown> = {};
      for (const [id, { mode, term }] of this.#commanded) {
        if (mode !== 'lockdown') continue;
        doors.push(id);
        if (term !== undefined) terms[id] = { until: term.wallEnd.toISOString(), forMs: term.forMs };
      }
      const next = Object.keys(terms).length === 0 ? { doors } : { doors, terms };
      return JSON.stringify(next) === JSON.stringify(value) ? value : next;
    });
  }

  #wanted({ door, heldOpen = [], lockdown = [] }: ModedDoor): { mode: DoorMode; reason: string } {
    const commanded = this.#commanded.get(door.id)?.mode;
    if (commanded !== undefined) return { mode: commanded, reason: commanded };
    const wall = this.#clock.wall();
    if (inSchedule(lockdown, wall, this.#calendar)) return { mode: 'lockdown', reason: 'lockdown' };
    const held = this.#clock.wallSynced() && inSchedule(heldOpen, wall, this.#calendar);
    return held ? { mode: 'held_open', reason: 'held_open' } : { mode: 'normal', reason: 'normal' };
  }
}
