import type { Clock } from '../core/ports/clock.ts';

/** The machine's own time. `synced` is asked each time, since NTP may settle after the start. */
export class SystemClock implements Clock {
  readonly #synced: () => boolean;

  constructor(synced: () => boolean = () => true) {
    this.#synced = synced;
  }

  nowMs(): number {
    return performance.now();
  }

  wall(): Date {
    return new Date();
  }

  wallSynced(): boolean {
    return this.#synced();
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = setTimeout(callback, Math.max(0, delayMs));
    return () => clearTimeout(timer);
  }
}

/**
 * Time that moves only when told: for tests, and for lossless file sources, where it is the source's own time.
 * Timers fire in order of their due time while `advanceTo` passes them.
 */
export class ManualClock implements Clock {
  #nowMs = 0;
  readonly #epochMs: number;
  readonly #synced: boolean;
  #timers: { dueMs: number; callback: () => void }[] = [];

  constructor(options: { epoch?: Date; synced?: boolean } = {}) {
    this.#epochMs = (options.epoch ?? new Date(0)).getTime();
    this.#synced = options.synced ?? false;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  wall(): Date {
    return new Date(this.#epochMs + this.#nowMs);
  }

  wallSynced(): boolean {
    return this.#synced;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { dueMs: this.#nowMs + Math.max(0, delayMs), callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Moves time forward (never back), firing what falls due on the way. */
  advanceTo(nowMs: number): void {
    for (;;) {
      const due = this.#timers.filter((timer) => timer.dueMs <= nowMs).sort((a, b) => a.dueMs - b.dueMs)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      this.#nowMs = Math.max(this.#nowMs, due.dueMs);
      due.callback();
    }
    this.#nowMs = Math.max(this.#nowMs, nowMs);
  }

  advance(ms: number): void {
    this.advanceTo(this.#nowMs + ms);
  }
}
