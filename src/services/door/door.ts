import { toLimenError } from '../../core/errors.ts';
import type { EventBody, RelayReport } from '../../core/events.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Journal } from '../../core/ports/journal.ts';
import type { Log } from '../../core/ports/log.ts';
import type { Relay } from '../../core/ports/relay.ts';
import type { Component } from '../../runtime/component.ts';
import type { Health } from '../../runtime/health.ts';
import { LOCKED, type LockEvent, type LockInput, type LockState, step, wakeAtMs } from './lock.ts';

export type UnlockCause = 'grant' | 'http' | 'mqtt' | 'cli' | 'exit' | 'fire';

export interface UnlockRequest {
  readonly cause: UnlockCause;
  /** Capture of the deciding frame; older than `deadlineMs`, and the relay is not touched. */
  readonly capturedAtMs?: number;
  /** Who asked, for the journal. */
  readonly actor?: string;
}

/** For state topics and pages. */
export interface DoorState {
  readonly id: string;
  readonly lock: LockState['kind'];
  /** URI of the relay, or `none`: NO DOOR CONNECTED. */
  readonly relay: string;
}

/** Commands waiting for the relay at once; more are refused, not queued. */
const MAX_PENDING = 16;

interface Note {
  readonly reason: string;
  readonly actor?: string;
}

/**
 * One door: its relay, its lock and the timer between them. Commands reach the relay one at a time, in order.
 * A relay that does not obey is told to release until it does, and the door reports `fault` meanwhile.
 */
export class Door implements Component {
  readonly name: string;
  readonly id: string;
  readonly holdMs: number;
  readonly #relay: Relay | undefined;
  readonly #deadlineMs: number;
  readonly #journal: Pick<Journal, 'append'>;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #health: Health | undefined;
  readonly #listeners = new Set<(state: DoorState) => void>();
  #lock: LockState = LOCKED;
  #ready = false;
  #opening: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  #pending = 0;
  #tail: Promise<unknown> = Promise.resolve();
  #cancelTimer: () => void = () => {};

  constructor(parts: {
    id: string;
    /** Absent: decisions are made and published, nothing moves. */
    relay?: Relay | undefined;
    /** Length of a pulse, ms. */
    holdMs?: number;
    deadlineMs?: number;
    journal: Pick<Journal, 'append'>;
    clock: Clock;
    log: Log;
    health?: Health | undefined;
  }) {
    this.id = parts.id;
    this.name = `door ${parts.id}`;
    this.holdMs = parts.holdMs ?? 3_000;
    this.#relay = parts.relay;
    this.#deadlineMs = parts.deadlineMs ?? 500;
    this.#journal = parts.journal;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#health = parts.health;
  }

  get connected(): boolean {
    return this.#relay !== undefined;
  }

  get real(): boolean {
    return this.#relay?.real ?? false;
  }

  get state(): DoorState {
    return { id: this.id, lock: this.#lock.kind, relay: this.#relay?.uri ?? 'none' };
  }

  /** Called after each change of state. Returns the unsubscriber. */
  onState(listener: (state: DoorState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Opens the relay in its safe state. @throws LimenError `relay_unavailable`: a configured relay stops a start */
  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#relay === undefined) {
      this.#log.warn({ door: this.id }, 'NO DOOR CONNECTED: decisions are published, nothing moves');
    } else {
      this.#opening = this.#relay.open();
      await this.#opening;
      this.#log.info({ door: this.id, relay: this.#relay.uri }, 'relay open, line released');
    }
    this.#ready = this.#stopping === undefined;
    this.#reportHealth();
  }

  /**
   * Energises for `holdMs`, or extends the pulse that runs to `holdMs` from now. Never rejects: `fault` says that
   * the relay did not obey, `off` that it was not touched (stale, stopped, too many at once), `none` that there
   * is no relay.
   */
  async unlock(request: UnlockRequest): Promise<RelayReport> {
    const note = { reason: request.cause, ...(request.actor !== undefined ? { actor: request.actor } : {}) };
    if (this.#relay === undefined) return 'none';
    if (!this.#ready || this.#pending >= MAX_PENDING) return 'off';
    return this.#enqueue(async () => {
      const atMs = this.#clock.nowMs();
      if (!this.#ready) return 'off';
      const stale = request.capturedAtMs !== undefined && !(atMs - request.capturedAtMs <= this.#deadlineMs);
      return stale ? 'off' : this.#apply({ kind: 'unlock', atMs }, note);
    });
  }

  /** Ends a pulse; when there is none, commands the safe state again. */
  async lock(actor?: string): Promise<RelayReport> {
    if (this.#relay === undefined) return 'none';
    if (!this.#ready) return 'off';
    const note = { reason: 'commanded', ...(actor !== undefined ? { actor } : {}) };
    return this.#enqueue(() => this.#apply({ kind: 'lock' }, note));
  }

  /** Releases the line and the device. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#ready = false;
    const opened = await this.#opening?.then(
      () => true,
      () => false,
    );
    if (this.#relay === undefined || opened !== true) return;
    await this.#enqueue(() => this.#apply({ kind: 'lock' }, { reason: 'stopping' }));
    this.#cancelTimer();
    await this.#relay.close();
  }

  /** Runs at once when nothing is running, so that a timer's release is not put off. */
  #enqueue<T>(work: () => Promise<T>): Promise<T> {
    const idle = this.#pending++ === 0;
    const done = (idle ? work() : this.#tail.then(work)).finally(() => {
      this.#pending--;
    });
    this.#tail = done.catch(() => {});
    return done;
  }

  async #apply(input: LockInput, note: Note): Promise<RelayReport> {
    const next = step(this.#lock, input, this.holdMs);
    this.#lock = next.state;
    this.#schedule();
    if (next.event === 'door.fault') this.#announce(next.event, 'fault', note);
    if (next.command !== undefined) {
      const failure = await this.#command(next.command === 'energise');
      if (failure !== undefined) {
        this.#log.error({ door: this.id, command: next.command, cause: failure }, 'relay did not obey');
        await this.#apply(
          { kind: 'relay_failed', atMs: this.#clock.nowMs() },
          { reason: `${next.command}_failed` },
        );
        return 'fault';
      }
      if (next.command === 'release')
        await this.#apply({ kind: 'relay_released' }, { reason: 'fault_cleared' });
    }
    const report = next.report ?? 'off';
    if (next.event === 'door.locked') this.#announce(next.event, 'off', note);
    else if (input.kind === 'unlock' && report !== 'off' && report !== 'fault') {
      this.#announce('door.unlocked', report, note);
    }
    return report;
  }

  /** The failure's message, if any. */
  async #command(energised: boolean): Promise<string | undefined> {
    try {
      await this.#relay?.set(energised);
      return undefined;
    } catch (cause) {
      return toLimenError(cause, 'relay_fault').message;
    }
  }

  #schedule(): void {
    this.#cancelTimer();
    const wakeMs = wakeAtMs(this.#lock);
    this.#cancelTimer = () => {};
    if (wakeMs === undefined || this.#stopping !== undefined) return;
    this.#cancelTimer = this.#clock.after(Math.max(0, wakeMs - this.#clock.nowMs()), () => {
      void this.#enqueue(() => this.#passTime());
    });
  }

  async #passTime(): Promise<void> {
    await this.#apply({ kind: 'time', atMs: this.#clock.nowMs() }, { reason: 'pulse_ended' });
  }

  #announce(type: LockEvent, relay: RelayReport, note: Note): void {
    this.#reportHealth();
    const expiresAt =
      type === 'door.unlocked'
        ? { expiresAt: new Date(this.#clock.wall().getTime() + this.holdMs).toISOString() }
        : {};
    const body: EventBody = { type, door: this.id, relay, ...note, ...expiresAt };
    try {
      this.#journal.append(body);
    } catch (cause) {
      this.#log.error({ door: this.id, cause: toLimenError(cause).message }, `${type} not journalled`);
    }
    for (const listener of this.#listeners) {
      try {
        listener(this.state);
      } catch (cause) {
        this.#log.error(
          { door: this.id, cause: toLimenError(cause).message },
          'a listener of the door failed',
        );
      }
    }
  }

  #reportHealth(): void {
    if (this.#relay === undefined) this.#health?.report(this.name, 'degraded', 'NO DOOR CONNECTED');
    else if (this.#lock.kind === 'fault') {
      this.#health?.report(
        this.name,
        'failed',
        'the relay does not obey; take the door as not under control',
      );
    } else this.#health?.report(this.name, 'ok');
  }
}
