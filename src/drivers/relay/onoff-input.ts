import { existsSync } from 'node:fs';
import { LimenError, toLimenError } from '../../core/errors.ts';
import type { InputLine, InputListener } from '../../core/ports/door-input.ts';
import { loadOnoff, type OnoffPackage, SYSFS } from './onoff.ts';

export interface OnoffInputTarget {
  /** The kernel's global sysfs number. */
  readonly number: number;
  readonly activeLow: boolean;
  readonly debounceMs: number;
}

/** An input of the old sysfs interface; debounced by the package, without pull resistors. */
export class OnoffInput implements InputLine {
  readonly uri: string;
  readonly #target: OnoffInputTarget;
  readonly #load: () => Promise<OnoffPackage>;
  readonly #sysfs: string;
  #gpio: InstanceType<OnoffPackage['Gpio']> | undefined;

  constructor(
    uri: string,
    target: OnoffInputTarget,
    options: { load?: () => Promise<OnoffPackage>; sysfs?: string } = {},
  ) {
    this.uri = uri;
    this.#target = target;
    this.#load = options.load ?? (() => loadOnoff(uri));
    this.#sysfs = options.sysfs ?? SYSFS;
  }

  /** @throws LimenError `package_missing` when onoff is not installed or was not built */
  async open(listener: InputListener): Promise<void> {
    await this.close();
    const { Gpio } = await this.#load();
    if (!existsSync(this.#sysfs)) {
      throw new LimenError(
        'input_unavailable',
        `${this.#sysfs} does not exist: this kernel has no sysfs GPIO`,
      );
    }
    const { number, activeLow, debounceMs } = this.#target;
    try {
      const gpio = new Gpio(number, 'in', 'both', { activeLow, debounceTimeout: debounceMs });
      this.#gpio = gpio;
      let known = gpio.readSync() === 1;
      listener.level(known);
      gpio.watch((error, value) => {
        if (this.#gpio !== gpio) return;
        if (error !== null && error !== undefined) {
          void this.close();
          listener.lost(new LimenError('input_unavailable', `${this.uri} cannot be read: ${error.message}`));
        } else if ((value === 1) !== known) {
          known = value === 1;
          listener.level(known);
        }
      });
    } catch (cause) {
      await this.close();
      const { message } = toLimenError(cause);
      throw new LimenError('input_unavailable', `${this.uri} cannot be read: ${message}`, { cause });
    }
  }

  async close(): Promise<void> {
    const gpio = this.#gpio;
    this.#gpio = undefined;
    if (gpio === undefined) return;
    gpio.unwatchAll();
    gpio.unexport();
  }
}
