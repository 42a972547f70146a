import { toLimenError } from '../../core/errors.ts';
import type { LimenEvent } from '../../core/events.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Journal } from '../../core/ports/journal.ts';
import type { Log } from '../../core/ports/log.ts';
import type { Relay } from '../../core/ports/relay.ts';
import type { Component } from '../../runtime/component.ts';
import type { Health } from '../../runtime/health.ts';

export const SIGNALS = ['granted', 'denied'] as const;
export type SignalName = (typeof SIGNALS)[number];

interface Signal {
  readonly name: SignalName;
  readonly output: Relay;
  opened: boolean;
  cancelOff: () => void;
  tail: Promise<void>;
}

/** How long a lamp or buzzer is on, ms. */
const SIGNAL_MS = 1_000;

/**
 * Lamp or buzzer at the door: the person standing there has no other answer. Follows the journal, so that it holds
 * nothing back; an output that fails is reported and tried again at the next answer.
 */
export class Signals implements Component {
  readonly name: string;
  readonly #door: string;
  readonly #signals: readonly Signal[];
  readonly #journal: Pick<Journal, 'subscribe'>;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #health: Health | undefined;
  readonly #failed = new Map<SignalName, string>();
  #off: (() => void) | undefined;

  constructor(parts: {
    door: string;
    outputs: Readonly<Partial<Record<SignalName, Relay>>>;
    journal: Pick<Journal, 'subscribe'>;
    clock: Clock;
    log: Log;
    health?: Health | undefined;
  }) {
    this.name = `signals ${parts.door}`;
    this.#door = parts.door;
    this.#journal = parts.journal;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#health = parts.health;
    this.#signals = SIGNALS.flatMap((name) => {
      const output = parts.outputs[name];
      if (output === undefined) return [];
      return [{ name, output, opened: false, cancelOff: () => {}, tail: Promise.resolve() }];
    });
  }

  async start(): Promise<void> {
    for (const signal of this.#signals) await this.#enqueue(signal, () => this.#open(signal));
    if (this.#signals.length > 0) this.#off = this.#journal.subscribe((event) => this.#heard(event));
  }

  async stop(): Promise<void> {
    this.#off?.();
    for (const signal of this.#signals) {
      signal.cancelOff();
      await this.#enqueue(signal, () => signal.output.close());
    }
  }

  #heard({ type, door, track }: LimenEvent): void {
    // a denial without a face has nobody to tell
    if (door !== this.#door || track === undefined) return;
    const name = type === 'access.granted' ? 'granted' : type === 'access.denied' ? 'denied' : undefined;
    const signal = this.#signals.find((each) => each.name === name);
    if (signal === undefined) return;
    const running = signal.cancelOff;
    signal.cancelOff = this.#clock.after(SIGNAL_MS, () => {
      signal.cancelOff = () => {};
      void this.#enqueue(signal, () => signal.output.set(false));
    });
    running();
    void this.#enqueue(signal, async () => {
      if (!signal.opened) await this.#open(signal);
      if (!signal.output.energised) await signal.output.set(true);
    });
  }

  async #open(signal: Signal): Promise<void> {
    await signal.output.open();
    signal.opened = true;
  }

  #enqueue(signal: Signal, work: () => Promise<void>): Promise<void> {
    signal.tail = signal.tail.then(work).then(
      () => this.#report(signal, undefined),
      (cause) => this.#report(signal, toLimenError(cause, 'relay_fault').message),
    );
    return signal.tail;
  }

  #report({ name, output }: Signal, failure: string | undefined): void {
    if (failure === this.#failed.get(name)) return;
    if (failure === undefined) this.#failed.delete(name);
    else {
      this.#failed.set(name, failure);
      this.#log.warn(
        { signal: name, output: output.uri, reason: failure },
        'the door cannot answer by lamp or buzzer',
      );
    }
    const failures = [...this.#failed.values()];
    if (failures.length === 0) this.#health?.report(this.name, 'ok');
    else this.#health?.report(this.name, 'degraded', failures.join('; '));
  }
}
