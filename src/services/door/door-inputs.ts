import { toLimenError } from '../../core/errors.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { InputLine } from '../../core/ports/door-input.ts';
import type { Log } from '../../core/ports/log.ts';
import { Backoff } from '../../runtime/backoff.ts';
import type { Component } from '../../runtime/component.ts';
import type { Health } from '../../runtime/health.ts';
import { DOOR_INPUTS, type DoorInputName } from './door-machine.ts';

export type DoorLines = Readonly<Partial<Record<DoorInputName, InputLine>>>;

interface Wire {
  readonly name: DoorInputName;
  readonly line: InputLine;
  readonly backoff: Backoff;
  lost: boolean;
  cancelRetry: () => void;
}

/**
 * The fitted inputs of one door. One that cannot be read never stops the start: it is reported as lost and opened
 * again with backoff (1 s doubling to at most 30 s), without limit.
 */
export class DoorInputs implements Component {
  readonly name: string;
  readonly #door: {
    level(input: DoorInputName, active: boolean): void;
    inputLost(input: DoorInputName): void;
  };
  readonly #wires: readonly Wire[];
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #health: Health | undefined;
  #stopped = false;

  constructor(parts: {
    door: {
      readonly id: string;
      level(input: DoorInputName, active: boolean): void;
      inputLost(input: DoorInputName): void;
    };
    lines: DoorLines;
    clock: Clock;
    log: Log;
    health?: Health | undefined;
  }) {
    this.name = `inputs ${parts.door.id}`;
    this.#door = parts.door;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#health = parts.health;
    this.#wires = DOOR_INPUTS.flatMap((name) => {
      const line = parts.lines[name];
      if (line === undefined) return [];
      const backoff = new Backoff({ firstMs: 1_000, maxMs: 30_000 });
      return [{ name, line, backoff, lost: false, cancelRetry: () => {} }];
    });
  }

  async start(): Promise<void> {
    for (const wire of this.#wires) await this.#open(wire);
    this.#report();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const { line, cancelRetry } of this.#wires) {
      cancelRetry();
      await line.close();
    }
  }

  async #open(wire: Wire): Promise<void> {
    if (this.#stopped) return;
    try {
      await wire.line.open({
        level: (active) => {
          this.#found(wire);
          this.#door.level(wire.name, active);
        },
        lost: (error) => this.#lost(wire, error.message),
      });
      if (this.#stopped) await wire.line.close();
    } catch (cause) {
      this.#lost(wire, toLimenError(cause, 'input_unavailable').message);
    }
  }

  #found(wire: Wire): void {
    wire.backoff.reset();
    if (!wire.lost) return;
    wire.lost = false;
    this.#log.info({ input: wire.name, line: wire.line.uri }, 'the input is back');
    this.#report();
  }

  #lost(wire: Wire, reason: string): void {
    if (this.#stopped) return;
    const retryInMs = Math.round(wire.backoff.nextMs());
    if (!wire.lost) {
      wire.lost = true;
      this.#log.error(
        { input: wire.name, line: wire.line.uri, reason, retryInMs },
        'an input of the door is lost',
      );
      this.#door.inputLost(wire.name);
      this.#report();
    }
    wire.cancelRetry = this.#clock.after(retryInMs, () => void this.#open(wire));
  }

  #report(): void {
    if (this.#wires.length === 0) return;
    const lost = this.#wires.filter((wire) => wire.lost).map(({ name, line }) => `${name} (${line.uri})`);
    if (lost.length === 0) this.#health?.report(this.name, 'ok');
    else this.#health?.report(this.name, 'failed', `cannot be read: ${lost.join(', ')}; trying again`);
  }
}
