import { toLimenError } from '../../core/errors.ts';
import type { RelayReport } from '../../core/events.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Journal } from '../../core/ports/journal.ts';
import type { Log } from '../../core/ports/log.ts';
import type { Relay } from '../../core/ports/relay.ts';
import type { Component } from '../../runtime/component.ts';
import type { Health } from '../../runtime/health.ts';
import {
  type DoorInput,
  type DoorInputName,
  type DoorMachine,
  doorAtStart,
  doorWakeMs,
  stepDoor,
} from './door-machine.ts';
import { DoorReporter } from './door-reporter.ts';
import { DOOR_RULES, type DoorMode, type DoorRules } from './door-rules.ts';
import { type DoorState, stateOf, type UnlockRequest } from './door-state.ts';
import { command } from './lock.ts';

export type { DoorCondition, DoorMode, UnlockCause } from './door-rules.ts';
export type { DoorState, UnlockRequest } from './door-state.ts';

/** Requests waiting for the relay at once; more are refused, not queued. */
const MAX_WAITING = 16;

/**
 * One door: its relay, its machine and the timer between them. Inputs and time change the machine at once; the relay
 * is told one command at a time until it agrees with it. A relay that does not obey is told to release until it
 * does, and the door reports `fault` meanwhile.
 */
export class Door implements Component {
  readonly name: string;
  readonly id: string;
  readonly rules: DoorRules;
  readonly #relay: Relay | undefined;
  readonly #deadlineMs: number;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #reporter: DoorReporter;
  #machine: DoorMachine;
  #ready = false;
  #opening: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  #driving: Promise<void> | undefined;
  #waiting = 0;
  #failures = 0;
  #cancelTimer: () => void = () => {};

  constructor(parts: {
    id: string;
    /** Absent: decisions are made and published, nothing moves. */
    relay?: Relay | undefined;
    rules?: Partial<Omit<DoorRules, 'relay'>> | undefined;
    /** Whether a door contact is fitted. */
    contact?: boolean | undefined;
    /** The mode that the door starts in. */
    mode?: DoorMode | undefined;
    deadlineMs?: number;
    journal: Pick<Journal, 'append'>;
    clock: Clock;
    log: Log;
    health?: Health | undefined;
  }) {
    this.id = parts.id;
    this.name = `door ${parts.id}`;
    this.rules = { ...DOOR_RULES, ...parts.rules, relay: parts.relay !== undefined };
    this.#machine = doorAtStart({ contact: parts.contact ?? false, mode: parts.mode ?? 'normal' });
    this.#relay = parts.relay;
    this.#deadlineMs = parts.deadlineMs ?? 500;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#reporter = new DoorReporter(parts);
  }

  get connected(): boolean {
    return this.#relay !== undefined;
  }

  get real(): boolean {
    return this.#relay?.real ?? false;
  }

  get holdMs(): number {
    return this.rules.holdMs;
  }

  get mode(): DoorMode {
    return this.#machine.lock.mode;
  }

  get state(): DoorState {
    return stateOf(this.#machine, this.id, this.#relay?.uri ?? 'none');
  }

  /** Called after each change of state. Returns the unsubscriber. */
  onState(listener: (state: DoorState) => void): () => void {
    return this.#reporter.onState(listener);
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
    this.#settle();
  }

  /**
   * Energises for `holdMs`, or extends the pulse that runs to `holdMs` from now. Never rejects: `fault` says that
   * the relay did not obey, `off` that it was not touched (stale, lockdown, stopped, too many at once), `none` that
   * there is no relay.
   */
  async unlock(request: UnlockRequest): Promise<RelayReport> {
    if (this.#relay === undefined) return 'none';
    if (!this.#ready || this.#waiting >= MAX_WAITING) return 'off';
    this.#waiting++;
    try {
      while (this.#driving !== undefined) await this.#driving;
      if (!this.#ready) return 'off';
      const { cause: by, capturedAtMs, ...cause } = request;
      const atMs = this.#clock.nowMs();
      if (capturedAtMs !== undefined && !(atMs - capturedAtMs <= this.#deadlineMs)) return 'off';
      const failures = this.#failures;
      const report = this.#feed({ kind: 'unlock', atMs, by, cause });
      await this.#driving;
      return this.#failures === failures ? report : 'fault';
    } finally {
      this.#waiting--;
    }
  }

  /**
   * Ends a pulse; when there is none, commands the safe state again. `off`: the line is released; `pulsed`: the fire
   * input or the mode `held_open` keeps it energised.
   */
  async lock(actor?: string): Promise<RelayReport> {
    if (this.#relay === undefined) return 'none';
    if (!this.#ready) return 'off';
    this.#feed({ kind: 'lock', atMs: this.#clock.nowMs(), cause: { reason: 'commanded', ...by(actor) } });
    while (this.#driving !== undefined) await this.#driving;
    const { line, fault } = this.#machine.lock;
    return fault !== undefined ? 'fault' : line === 'energised' ? 'pulsed' : 'off';
  }

  /** `reason` goes into the events that tell of it: `lockdown`, `held_open`, `schedule` … */
  setMode(mode: DoorMode, reason: string, actor?: string): void {
    if (this.#stopping !== undefined) return;
    this.#feed({ kind: 'mode', atMs: this.#clock.nowMs(), mode, cause: { reason, ...by(actor) } });
  }

  /** The level of a fitted input: the first one after its start, and each change. */
  level(input: DoorInputName, active: boolean): void {
    if (this.#stopping !== undefined) return;
    this.#feed({ kind: 'level', atMs: this.#clock.nowMs(), input, active });
  }

  /** A fitted input cannot be read. */
  inputLost(input: DoorInputName): void {
    if (this.#stopping === undefined) this.#feed({ kind: 'lost', atMs: this.#clock.nowMs(), input });
  }

  /** Releases the line and the device. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    const wasReady = this.#ready;
    this.#ready = false;
    const opened = await this.#opening?.then(
      () => true,
      () => false,
    );
    this.#ready = wasReady && opened === true; // the relay still takes its last command
    this.#feed({ kind: 'stop', atMs: this.#clock.nowMs() });
    while (this.#driving !== undefined) await this.#driving;
    this.#ready = false;
    this.#cancelTimer();
    if (opened === true) await this.#relay?.close();
  }

  #feed(input: DoorInput): RelayReport {
    const { door, notes, report } = stepDoor(this.#machine, input, this.rules);
    this.#machine = door;
    const pulse = door.lock.pulse === undefined ? undefined : this.holdMs;
    for (const each of notes) this.#reporter.announce(each, pulse);
    this.#settle();
    return report ?? 'off';
  }

  /** After each change: the timer, the relay, and whoever looks on. */
  #settle(): void {
    this.#schedule();
    this.#drive();
    this.#reporter.tell(this.state);
  }

  /** Tells the relay what the machine wants, at once when it is idle, until both agree or it has to be waited for. */
  #drive(): void {
    if (this.#driving !== undefined || !this.#ready || command(this.#machine.lock) === undefined) return;
    this.#driving = this.#driveOn().finally(() => {
      this.#driving = undefined;
      this.#drive();
    });
  }

  async #driveOn(): Promise<void> {
    for (;;) {
      const wanted = this.#ready ? command(this.#machine.lock) : undefined;
      if (wanted === undefined) return;
      const energised = wanted === 'energise';
      const failure = await this.#command(energised);
      if (failure !== undefined) {
        this.#failures++;
        this.#log.error({ door: this.id, command: wanted, cause: failure }, 'relay did not obey');
      }
      const kind = failure === undefined ? 'obeyed' : 'failed';
      this.#feed({ kind, atMs: this.#clock.nowMs(), energised });
    }
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
    this.#cancelTimer = () => {};
    const wakeMs = doorWakeMs(this.#machine, this.rules);
    if (wakeMs === undefined || this.#stopping !== undefined) return;
    this.#cancelTimer = this.#clock.after(Math.max(0, wakeMs - this.#clock.nowMs()), () => {
      this.#feed({ kind: 'time', atMs: this.#clock.nowMs() });
    });
  }
}

function by(actor: string | undefined): { readonly actor?: string } {
  return actor === undefined ? {} : { actor };
}
