import { LimenError } from '../../core/errors.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Relay } from '../../core/ports/relay.ts';

/** One stretch of time with the line energised; `offMs` is absent while it lasts. */
export interface EnergisedInterval {
  readonly onMs: number;
  readonly offMs?: number;
}

/** Intervals remembered; older ones are forgotten. */
const MAX_INTERVALS = 10_000;

/** A relay for desks, demos and tests: opens nothing and remembers when it would have. */
export class MemoryRelay implements Relay {
  readonly uri: string;
  readonly real = false;
  readonly #clock: Clock;
  readonly #intervals: EnergisedInterval[] = [];
  #open = false;
  #energised = false;

  constructor(uri: string, clock: Clock) {
    this.uri = uri;
    this.#clock = clock;
  }

  get energised(): boolean {
    return this.#energised;
  }

  /** Oldest first. */
  get intervals(): readonly EnergisedInterval[] {
    return this.#intervals;
  }

  async open(): Promise<void> {
    this.#open = true;
    this.#command(false);
  }

  async set(energised: boolean): Promise<void> {
    if (!this.#open) throw new LimenError('relay_fault', `${this.uri} is not open`);
    this.#command(energised);
  }

  async close(): Promise<void> {
    this.#command(false);
    this.#open = false;
  }

  #command(energised: boolean): void {
    if (energised === this.#energised) return;
    this.#energised = energised;
    const nowMs = this.#clock.nowMs();
    const running = this.#intervals.at(-1);
    if (energised) this.#intervals.push({ onMs: nowMs });
    else if (running !== undefined)
      this.#intervals[this.#intervals.length - 1] = { ...running, offMs: nowMs };
    if (this.#intervals.length > MAX_INTERVALS) this.#intervals.shift();
  }
}
