import type { Clock } from '../core/ports/clock.ts';
import type { Log } from '../core/ports/log.ts';
import type { Component } from './component.ts';
import { UnixDatagram, unixAddress } from './unix-datagram.ts';

/** What the service manager told us about itself. */
export interface ServiceManager {
  /** `$NOTIFY_SOCKET`; undefined when nobody wants to be told. */
  readonly socket: string | undefined;
  /** `$WATCHDOG_USEC` in ms, when it is meant for this process. */
  readonly watchdogMs: number | undefined;
}

/** Reads what systemd left in `env` and removes it there, so that no child process speaks in our name. */
export function takeServiceManager(
  env: Record<string, string | undefined>,
  pid: number = process.pid,
): ServiceManager {
  const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: watchdog, WATCHDOG_PID: watchdogPid } = env;
  delete env.NOTIFY_SOCKET;
  delete env.WATCHDOG_USEC;
  delete env.WATCHDOG_PID;
  const ours = watchdogPid === undefined || watchdogPid === String(pid);
  const usec = ours && /^\d{1,15}$/.test(watchdog ?? '') ? Number(watchdog) : 0;
  return { socket: socket || undefined, watchdogMs: usec > 0 ? usec / 1000 : undefined };
}

/** Longest status line, characters. */
const MAX_STATUS = 200;

/**
 * Tells systemd how the daemon is (sd_notify(3)). Without a socket every call does nothing. No call waits or
 * throws; a state that could not be sent goes with the next one that can.
 */
export class Notifier {
  readonly #datagram: UnixDatagram | undefined;
  readonly #log: Log;
  #owed: string[] = [];
  #warned = false;

  constructor({ socket }: Pick<ServiceManager, 'socket'>, log: Log) {
    const address = socket === undefined ? undefined : unixAddress(socket);
    this.#datagram = address === undefined ? undefined : new UnixDatagram(address);
    this.#log = log;
    if (socket !== undefined && address === undefined) {
      log.warn({ socket }, 'the service manager listens where this daemon cannot speak');
    }
  }

  /** Whether anybody is told. */
  get connected(): boolean {
    return this.#datagram !== undefined;
  }

  /** The start has succeeded. */
  ready(status: string): void {
    this.#state('READY=1', statusLine(status));
  }

  /** One line for `systemctl status`. */
  status(status: string): void {
    this.#state(statusLine(status));
  }

  /** An orderly stop has begun. */
  stopping(): void {
    this.#state('STOPPING=1');
  }

  /** A long step of starting or stopping needs this much longer, ms from now; to be repeated while it lasts. */
  extendTimeout(ms: number): void {
    this.#send([`EXTEND_TIMEOUT_USEC=${Math.round(ms * 1000)}`]);
  }

  /** Feeds the watchdog. Only `Watchdog` calls this. */
  alive(): void {
    this.#send(['WATCHDOG=1']);
  }

  /** Idempotent. */
  close(): void {
    this.#datagram?.close();
  }

  #state(...lines: string[]): void {
    const names = lines.map((line) => line.split('=')[0]);
    this.#owed = [...this.#owed.filter((line) => !names.includes(line.split('=')[0])), ...lines];
    this.#send([]);
  }

  #send(lines: readonly string[]): void {
    if (this.#datagram === undefined) return;
    const refusal = this.#datagram.send([...this.#owed, ...lines].join('\n'));
    if (refusal === undefined) this.#owed = [];
    else if (!this.#warned) {
      this.#warned = true;
      this.#log.warn({ reason: refusal }, 'the service manager cannot be told; trying on');
    }
  }
}

function statusLine(text: string): string {
  return `STATUS=${text.replace(/\s+/g, ' ').slice(0, MAX_STATUS)}`;
}

/**
 * Feeds systemd's watchdog, and only on evidence: twice per `WatchdogSec` it looks whether there was progress
 * since it last looked (a processed frame, or the camera declared lost and being reopened), and says so or says
 * nothing; progress that comes after a look in vain is told at once. So work must show progress once in every
 * `WatchdogSec`. A blocked event loop, a wedged inference and a reader that waits for ever all end in a restart.
 */
export class Watchdog implements Component {
  readonly name = 'watchdog';
  readonly #notifier: Pick<Notifier, 'alive'>;
  readonly #periodMs: number | undefined;
  readonly #clock: Clock;
  #progressed = false;
  #hungry = false;
  #cancel: () => void = () => {};

  constructor(
    { watchdogMs }: Pick<ServiceManager, 'watchdogMs'>,
    parts: { notifier: Pick<Notifier, 'alive'>; clock: Clock },
  ) {
    this.#periodMs = watchdogMs === undefined ? undefined : watchdogMs / 2;
    this.#notifier = parts.notifier;
    this.#clock = parts.clock;
  }

  /** To be called from the work itself, never from a timer. */
  progress(): void {
    if (this.#hungry) this.#notifier.alive();
    this.#progressed = !this.#hungry;
    this.#hungry = false;
  }

  /** The start itself is progress: the first period counts from here. */
  async start(): Promise<void> {
    if (this.#periodMs === undefined) return;
    this.#cancel(); // a second start replaces the first
    this.#progressed = true;
    this.#look(this.#periodMs);
  }

  /** A stop is bounded by systemd's own TimeoutStopSec. */
  async stop(): Promise<void> {
    this.#cancel();
    this.#hungry = false;
  }

  #look(periodMs: number): void {
    if (this.#progressed) this.#notifier.alive();
    this.#hungry = !this.#progressed;
    this.#progressed = false;
    this.#cancel = this.#clock.after(periodMs, () => this.#look(periodMs));
  }
}
