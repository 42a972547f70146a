import { existsSync } from 'node:fs';
import { LimenError, toLimenError } from '../../core/errors.ts';
import type { Relay } from '../../core/ports/relay.ts';

/** What is used of the optional package `onoff`, declared here because it need not be installed. */
interface Gpio {
  readSync(): 0 | 1;
  writeSync(value: 0 | 1): void;
  watch(callback: (error: Error | null | undefined, value: 0 | 1) => void): void;
  unwatchAll(): void;
  unexport(): void;
}

export interface OnoffPackage {
  readonly Gpio: {
    new (line: number, direction: 'high' | 'low', options: { readonly activeLow: boolean }): Gpio;
    new (
      line: number,
      direction: 'in',
      edge: 'both',
      options: { readonly activeLow: boolean; readonly debounceTimeout: number },
    ): Gpio;
  };
}

export interface OnoffTarget {
  /** The kernel's global sysfs number, which on many boards is the chip's base plus the line. */
  readonly number: number;
  readonly activeLow: boolean;
}

/** A variable, so that neither compiler nor bundler demands the optional package. */
const PACKAGE: string = 'onoff';
export const SYSFS = '/sys/class/gpio';

/** @throws LimenError `package_missing` when onoff is not installed or was not built */
export async function loadOnoff(
  uri: string,
  load = async () => (await import(PACKAGE)) as OnoffPackage,
): Promise<OnoffPackage> {
  try {
    return await load();
  } catch (cause) {
    const why = toLimenError(cause).message.split('\n')[0];
    throw new LimenError(
      'package_missing',
      `${uri} needs the optional package onoff (${why}). Run \`npm install --include=optional onoff\` with a compiler (apt-get install build-essential python3), or use gpiod://gpiochipN/LINE`,
      { cause },
    );
  }
}

/**
 * A line of the old sysfs interface, for boards whose kernel still has it. Sysfs keeps driving the line when the
 * process dies: `gpiod:` is the safer scheme wherever it works.
 */
export class OnoffRelay implements Relay {
  readonly uri: string;
  readonly real = true;
  readonly #target: OnoffTarget;
  readonly #load: (() => Promise<OnoffPackage>) | undefined;
  readonly #sysfs: string;
  #gpio: Gpio | undefined;
  #energised = false;

  constructor(
    uri: string,
    target: OnoffTarget,
    options: { load?: () => Promise<OnoffPackage>; sysfs?: string } = {},
  ) {
    this.uri = uri;
    this.#target = target;
    this.#load = options.load;
    this.#sysfs = options.sysfs ?? SYSFS;
  }

  get energised(): boolean {
    return this.#energised;
  }

  /** @throws LimenError `package_missing` when onoff is not installed or was not built */
  async open(): Promise<void> {
    if (this.#gpio !== undefined) return;
    const { Gpio } = await loadOnoff(this.uri, this.#load);
    if (!existsSync(this.#sysfs)) {
      throw new LimenError(
        'relay_unavailable',
        `${this.#sysfs} does not exist: this kernel has no sysfs GPIO. Use gpiod://gpiochipN/LINE instead of ${this.uri}`,
      );
    }
    const { number, activeLow } = this.#target;
    try {
      // onoff's direction `high` or `low` is the physical level that the output begins with: the inactive one.
      this.#gpio = new Gpio(number, activeLow ? 'high' : 'low', { activeLow });
      this.#gpio.writeSync(0);
    } catch (cause) {
      await this.close().catch(() => {});
      const { code } = cause as NodeJS.ErrnoException;
      const why =
        code === 'EINVAL'
          ? `there is no GPIO ${number}; add the base of the chip (${this.#sysfs}/gpiochip*/base)`
          : code === 'EBUSY'
            ? `GPIO ${number} is in use`
            : toLimenError(cause).message;
      throw new LimenError('relay_unavailable', `${this.uri}: ${why}`, { cause });
    }
    this.#energised = false;
  }

  async set(energised: boolean): Promise<void> {
    if (this.#gpio === undefined) throw new LimenError('relay_fault', `${this.uri} is not open`);
    try {
      this.#gpio.writeSync(energised ? 1 : 0);
    } catch (cause) {
      const what = energised ? 'set' : 'released';
      throw new LimenError(
        'relay_fault',
        `${this.uri} could not be ${what}: ${toLimenError(cause).message}`,
        { cause },
      );
    }
    this.#energised = energised;
  }

  async close(): Promise<void> {
    const gpio = this.#gpio;
    if (gpio === undefined) return;
    this.#gpio = undefined;
    try {
      gpio.writeSync(0);
      this.#energised = false;
    } catch (cause) {
      throw new LimenError(
        'relay_fault',
        `${this.uri} could not be released: ${toLimenError(cause).message}`,
        { cause },
      );
    } finally {
      gpio.unexport();
    }
  }
}
